import HTTPTypes
import HummingbirdCore
package import Logging
import NIOCore
import NIOPosix
package import SomaCore

/// The daemon's door: HTTP under `/v1` on unix sockets and loopback ports.
///
/// ```swift
/// let gateway = Gateway(services, logger: logger)
/// try await gateway.listen([.unix(path: path)])
/// await gateway.run()          // until stop()
/// ```
package final class Gateway: Sendable {
    let options: GatewayOptions
    let services: GatewayServices
    let streams: StreamClients
    let connections: Connections
    let idempotency: IdempotencyGate
    private let gate: RequestGate
    private let router: Router
    private let logger: Logger
    private let listeners = Guarded<[Listener]>([])
    /// The process's own loops: they never end, so a channel can be closed at any time, however late.
    private let loops = MultiThreadedEventLoopGroup.singleton

    /// Creates a gateway; nobody can connect before `listen`.
    package init(_ services: GatewayServices, options: GatewayOptions = GatewayOptions(), logger: Logger) {
        self.services = services
        self.options = options
        self.logger = logger
        streams = StreamClients(options: options, observer: services.observer)
        connections = Connections(limit: options.connectionsMax)
        gate = RequestGate(limit: options.requestsMax)
        idempotency = IdempotencyGate(store: services.store)
        let table = RouteTable(services: services, options: options, streams: streams, addresses: listeners)
        router = Router(routes: table.routes)
    }

    /// The description of the interface: what `/openapi.json` answers.
    package var openAPI: JSON { OpenAPI.document(router.routes) }

    /// The method and path of every route.
    package var routes: [String] { router.routes.map { "\($0.method.rawValue.uppercased()) \($0.pattern)" } }

    /// Where it listens.
    package var addresses: [ListenAddress] { listeners.value.map(\.address) }

    /// How many clients follow the stream.
    package var streamClients: Int { streams.count }

    /// How many connections are open.
    package var openConnections: Int { connections.count }

    /// Listens at all addresses, or at none.
    ///
    /// - Parameter isInsecure: Whether TCP without a token is wanted; on loopback only.
    package func listen(_ addresses: [ListenAddress], isInsecure: Bool = false) async throws(GatewayError) {
        for address in addresses {
            do throws(GatewayError) {
                let listener = try await Listener.open(
                    address,
                    isInsecure: isInsecure,
                    group: loops,
                    http: http(checksHost: { if case .tcp = address { true } else { false } }()),
                    connections: connections,
                    logger: quiet
                )
                listeners.change { $0.append(listener) }
                logger.info("Listening at \(listener.address).")
                if case .tcp = address {
                    logger.warning(
                        "Everybody on this machine can use \(listener.address): it asks for no token."
                    )
                }
            } catch {
                for listener in listeners.value { await listener.close() }
                throw error
            }
        }
    }

    /// Serves until `stop`, and returns when the last connection is gone.
    package func run() async {
        let logger = quiet
        await withDiscardingTaskGroup { group in
            let watch = Task { await streams.watch() }
            await withDiscardingTaskGroup { group in
                for listener in listeners.value { group.addTask { await listener.run(logger: logger) } }
            }
            watch.cancel()
        }
    }

    /// Takes no further connections, ends the streams, lets requests under way be answered, and cuts off what
    /// is left after `grace`.
    package func stop(grace: Duration) async {
        for listener in listeners.value { await listener.close() }
        streams.endAll()
        connections.quiesce()
        let deadline = ContinuousClock.now + grace
        while connections.count > 0, ContinuousClock.now < deadline {
            do { try await Task.sleep(for: .milliseconds(10)) } catch { break }
        }
        connections.cut()
    }

    /// What the server below says about single connections concerns nobody but its developers.
    private var quiet: Logger {
        var logger = logger
        if logger.logLevel > .trace { logger.logLevel = .error }
        return logger
    }

    private func http(checksHost: Bool) -> HTTP1Channel {
        let configuration = HTTP1Channel.Configuration(
            additionalChannelHandlers: [HeaderOverflow()],
            idleTimeout: .init(options.idleMax),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: 4 * options.headerBytesMax,
                maxHeaderListSize: 4 * options.headerBytesMax,
                maxHeaderFieldCount: 200
            )
        )
        return HTTP1Channel(
            responder: { [self] request, writer, channel in
                let answer = await answer(request, channel, checksHost: checksHost)
                try await writer.write(response: answer.head, body: answer.body)
            },
            configuration: configuration
        )
    }

    /// Answers a request, whatever it is.
    private func answer(_ request: HummingbirdCore.Request, _ channel: any Channel, checksHost: Bool) async
        -> Response
    {
        let started = ContinuousClock.now
        let trace = Trace.id(request.headers)
        var route = "none"
        var answer: Answer
        do throws(Problem) {
            try RequestChecks.check(request, options: options, checksHost: checksHost)
            guard let target = Target.parse(request.head.path ?? "") else {
                throw Problem(400, "target.invalid", "The request's path is malformed.")
            }
            switch router.match(request.method.rawValue, target.path) {
            case .none:
                throw Problem(404, "route.missing", "There is no such path.", hint: "See /openapi.json.")
            case .methods(let methods):
                answer = RequestChecks.otherMethod(request.method.rawValue, allowed: methods)
            case .route(let found, let parameters):
                route = found.pattern
                let exchange = Exchange(
                    parameters: parameters,
                    query: target.query,
                    headers: request.headers,
                    body: try await body(of: request, channel),
                    trace: trace,
                    channel: channel
                )
                answer = try await perform(found, exchange)
            }
        } catch {
            var problem = error
            problem.trace = trace
            answer = Answer(problem)
            if problem.status == 413 { closeSoon(channel, &answer) }
        }
        services.observer.answered(
            route: route,
            status: answer.status,
            took: ContinuousClock.now - started
        )
        return response(answer, isHead: request.method == .head)
    }

    private func perform(_ route: Route, _ exchange: Exchange) async throws(Problem) -> Answer {
        guard gate.enter() else { throw Refusals.many("requests.many", "requests", seconds: 1) }
        defer { gate.leave() }
        if route.needsRuns {
            switch await services.readiness.settled(within: options.readyWithin) {
            case .ready: break
            case .starting(let what):
                throw Problem(503, "starting", "The daemon is \(what).", hint: "Try again.", retryAfter: 1)
            case .stopping where route.method == .get: break
            case .stopping: throw Problem(503, "stopping", "The daemon is stopping.", retryAfter: 2)
            }
        }
        guard route.method == .post else { return try await route.handler(exchange) }
        // It would wait for as long as the trouble lasts; whoever asks is better told.
        if let trouble = services.readiness.trouble {
            throw Problem(507, "store.full", trouble, retryAfter: 5)
        }
        return try await idempotency.once(route, exchange)
    }

    private func body(of request: HummingbirdCore.Request, _ channel: any Channel) async throws(Problem)
        -> [UInt8]
    {
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > options.bodyBytesMax {
            throw Refusals.body(options.bodyBytesMax)
        }
        guard request.method != .get, request.method != .head else { return [] }
        // Whoever sends a body byte by byte is cut off: each waiting request holds memory.
        let limit = channel.eventLoop.scheduleTask(in: .init(options.bodyWithin)) {
            channel.close(promise: nil)
        }
        defer { limit.cancel() }
        do {
            let buffer = try await request.body.collect(upTo: options.bodyBytesMax)
            return Array(buffer.readableBytesView)
        } catch is NIOTooManyBytesError {
            throw Refusals.body(options.bodyBytesMax)
        } catch {
            throw Problem(400, "body.broken", "The request's body ended early.")
        }
    }

    /// Gives the client a second to read the refusal; what it sends meanwhile is read and dropped.
    private func closeSoon(_ channel: any Channel, _ answer: inout Answer) {
        answer.headers[.connection] = "close"
        channel.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
    }

    private func response(_ answer: Answer, isHead: Bool) -> Response {
        var headers = answer.headers
        if let name = HTTPField.Name(SomaVersion.header) { headers[name] = SomaVersion.headerValue }
        headers[.cacheControl] = "no-store"
        let status = HTTPResponse.Status(code: answer.status)
        if isHead {
            headers[.contentLength] = answer.length.map { "\($0)" }
            var response = Response(status: status)
            response.headers = headers
            return response
        }
        switch answer.body {
        case .bytes(let bytes):
            return Response(
                status: status,
                headers: headers,
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
            )
        case .stream(let write): return Response(status: status, headers: headers, body: ResponseBody(write))
        }
    }
}
