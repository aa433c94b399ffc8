import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import SomaCore

/// Tells how many bytes have come, before anything has read them.
final class ByteCounter: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// So many bytes came.
    struct Arrival: Sendable { let bytes: Int }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // First, so that the clock of a request runs before its head has been read.
        context.fireUserInboundEventTriggered(Arrival(bytes: unwrapInboundIn(data).readableBytes))
        context.fireChannelRead(data)
    }
}

/// Answers where a request's head is too large to be read, or dribbles in, and then closes.
///
/// A head comes at once or not at all: it gets a second, and one more for each KiB that has come, so that a bad
/// line is no reason to be cut off and one byte a second is.
final class HeadGuard: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias OutboundOut = HTTPResponsePart

    private enum Phase { case idle, head, body, refused }

    private let base: TimeAmount
    private let limit: TimeAmount
    private var phase = Phase.idle
    private var bytes = 0
    private var began = NIODeadline.uptimeNanoseconds(0)
    private var clock: Scheduled<Void>?

    /// - Parameters:
    ///   - base: What a head gets, and again for each KiB.
    ///   - limit: What it gets at most.
    init(base: TimeAmount, limit: TimeAmount) {
        self.base = base
        self.limit = limit
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let arrival = event as? ByteCounter.Arrival else {
            return context.fireUserInboundEventTriggered(event)
        }
        guard phase == .idle || phase == .head else { return }
        if phase == .idle {
            phase = .head
            bytes = 0
            began = .now()
        }
        bytes += arrival.bytes
        schedule(context)
    }

    private func schedule(_ context: ChannelHandlerContext) {
        clock?.cancel()
        let nanoseconds = min(limit.nanoseconds, base.nanoseconds * Int64(1 + bytes / 1024))
        let loop = context.loopBound
        clock = context.eventLoop.assumeIsolated().scheduleTask(deadline: began + .nanoseconds(nanoseconds)) {
            self.refuse(loop.value, Refusals.slowHead)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            clock?.cancel()
            phase = .body
        case .body: break
        case .end: phase = .idle
        }
        context.fireChannelRead(data)
    }

    func channelInactive(context: ChannelHandlerContext) {
        clock?.cancel()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { clock?.cancel() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError, error == .headerOverflow else {
            return context.fireErrorCaught(error)
        }
        refuse(context, Refusals.header)
    }

    private func refuse(_ context: ChannelHandlerContext, _ refusal: Problem) {
        guard phase != .refused else { return }
        phase = .refused
        clock?.cancel()
        var problem = refusal
        problem.trace = TraceHeaders.fresh()
        let body = ByteBuffer(bytes: problem.bytes)
        let head = HTTPResponse(
            status: HTTPResponse.Status(code: problem.status),
            headerFields: [
                .contentType: Problem.mediaType, .contentLength: "\(body.readableBytes)",
                .connection: "close",
            ]
        )
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(body)), promise: nil)
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in channel.close(promise: nil) }
    }
}
