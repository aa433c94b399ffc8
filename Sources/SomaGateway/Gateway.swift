import HTTPTypes
import HummingbirdCore
package import Logging
import NIOCore
import NIOPosix
package import SomaCore
import SomaEngine

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
    private let bodies: BodyMemory
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
        bodies = BodyMemory(limit: options.bodiesBytesMax)
        idempotency = IdempotencyGate(store: services.store, keepsKeys: services.engine.keepsKeys)
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
    /// - Parameter isCareOnly: Whether nothing but the metrics and the state of health is told at these addresses.
    /// - Parameter metrics: A loopback port where nothing but the metrics and the state of health is told.
    package func listen(
        _ addresses: [ListenAddress],
        isInsecure: Bool = false,
        isCareOnly: Bool = false,
        metrics: ListenAddress? = nil
    ) async throws(GatewayError) {
        do throws(GatewayError) {
            for address in addresses {
                let bound = try await open(
                    address,
                    isInsecure: isInsecure || isCareOnly,
                    isCareOnly: isCareOnly
                )
                logger.info("Listening at \(bound).")
                guard case .tcp = address, !isCareOnly else { continue }
                logger.warning("Everybody on this machine can use \(bound): it asks for no token.")
            }
            guard let metrics else { return }
            // Reading the metrics opens no door, so nobody has to say --insecure.
            let bound = try await open(metrics, isInsecure: true, isCareOnly: true)
            logger.info("Metrics are at http://\(bound)/metrics.")
        } catch {
            for listener in listeners.value { await listener.close() }
            throw error
        }
    }

    private func open(
        _ address: ListenAddress,
        isInsecure: Bool,
        isCareOnly: Bool
    ) async throws(GatewayError) -> ListenAddress {
        let listener = try await Listener.open(
            address,
            isInsecure: isInsecure,
            group: loops,
            http: http(
                checksHost: { if case .tcp = address { true } else { false } }(),
                isCareOnly: isCareOnly
            ),
            connections: connections,
            logger: quiet
        )
        listeners.change { $0.append(listener) }
        return listener.address
    }

    /// Serves until `stop`, and returns when the last connection is gone; at once where it listens nowhere.
    package func run() async {
        let logger = quiet
        let watch = Task { await streams.watch() }
        await withDiscardingTaskGroup { group in
            for listener in listeners.value { group.addTask { await listener.run(logger: logger) } }
        }
        watch.cancel()
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

    private func http(checksHost: Bool, isCareOnly: Bool) -> HTTP1Channel {
        let router = isCareOnly ? router.only(["/metrics", "/healthz", "/readyz"]) : router
        let base = TimeAmount(options.headBase)
        let limit = TimeAmount(options.headMax)
        let configuration = HTTP1Channel.Configuration(
            additionalChannelHandlers: [
                HeadGuard(base: base, limit: limit)
            ],
            idleTimeout: .init(options.idleMax),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: 4 * options.headerBytesMax,
                maxHeaderListSize: 4 * options.headerBytesMax,
                maxHeaderFieldCount: 200
            )
        )
        return HTTP1Channel(
            responder: { [self] request, writer, channel in
                let answer = await answer(request, channel, router, checksHost: checksHost)
                try await writer.write(response: answer.head, body: answer.body)
            },
            configuration: configuration
        )
    }

    /// Answers a request, whatever it is.
    private func answer(
        _ request: HummingbirdCore.Request,
        _ channel: any Channel,
        _ router: Router,
        checksHost: Bool
    ) async -> Response {
        let started = ContinuousClock.now
        var random = SystemRandomNumberGenerator()
        var trace = RequestTrace(
            TraceHeaders.caller(request.headers),
            services.tracer?.sampling,
            &random
        )
        var record = services.tracer.map { _ in RequestRecord(request, trace, at: started) }
        var route = "none"
        var answer: Answer
        do throws(Problem) {
            try RequestChecks.check(request, options: options, checksHost: checksHost)
            let text = request.head.path ?? ""
            guard text.utf8.count <= Target.bytesMax else {
                throw Problem(
                    414,
                    "target.large",
                    "The request's path is longer than \(Target.bytesMax) bytes."
                )
            }
            guard let target = Target.parse(text) else {
                throw Problem(400, "target.invalid", "The request's path is malformed.")
            }
            switch router.match(request.method.rawValue, target.path) {
            case .none:
                throw Problem(404, "route.missing", "There is no such path.", hint: "See /openapi.json.")
            case .methods(let methods):
                answer = RequestChecks.otherMethod(
                    request.method.rawValue,
                    allowed: methods,
                    trace: trace.id.description
                )
            case .route(let found, let parameters):
                route = found.pattern
                if found.isLook { trace.isLook() }
                record?.route = found
                record?.parameters = parameters
                // Before the body is read; how the process is doing may always be asked.
                if route.hasPrefix("/v1/") { try await services.limiter?.check(channel) }
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
            problem.trace = trace.id.description
            answer = Answer(problem)
            if problem.status == 413 || problem.code == "bodies.many" { closeSoon(channel, &answer) }
        }
        // The head of a stream is all that such a client gets: it follows nothing.
        if request.method == .head, case .stream = answer.body { streams.leave(channel) }
        services.observer.answered(
            route: route,
            status: answer.status,
            took: ContinuousClock.now - started
        )
        if let tracer = services.tracer, record != nil {
            if answer.hasBegun, let run = answer.run { trace.began(run) }
            record?.trace = trace
            if let record, trace.isRecorded {
                tell(tracer, record, &answer, channel, isHead: request.method == .head)
            }
        }
        return response(answer, isHead: request.method == .head)
    }

    /// Tells of a request that is recorded: now, or when the stream has ended that answers it.
    private func tell(
        _ tracer: any RequestTracer,
        _ record: RequestRecord,
        _ answer: inout Answer,
        _ channel: any Channel,
        isHead: Bool
    ) {
        let facts = record.facts(answer, channel)
        guard !isHead, case .stream(let write) = answer.body else { return tracer.ended(facts) }
        answer.body = .stream { writer in
            // However it ends: mostly the client goes.
            defer { tracer.ended(record.lasting(facts)) }
            try await write(&writer)
        }
    }

    private func perform(_ route: Route, _ exchange: Exchange) async throws(Problem) -> Answer {
        guard gate.enter() else { throw Refusals.many("requests.many", "requests", seconds: 1) }
        defer { gate.leave() }
        if route.needsRuns {
            switch await services.readiness.settled(within: options.readyWithin) {
            case .ready: break
            case .starting(let what): throw Refusals.starting(what)
            case .stopping where route.method == .get: break
            case .stopping: throw Problem(503, "stopping", "The daemon is stopping.", retryAfter: 2)
            }
        }
        guard route.method == .post else { return try await route.handler(exchange) }
        // It would wait for as long as the trouble lasts; whoever asks is better told.
        if let trouble = services.readiness.trouble {
            if case .starting = services.readiness.state { throw Refusals.starting(trouble) }
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
        var bytes: [UInt8] = []
        defer { bodies.give(bytes.count) }
        do {
            for try await part in request.body {
                guard bytes.count + part.readableBytes <= options.bodyBytesMax else {
                    throw Refusals.body(options.bodyBytesMax)
                }
                guard bodies.take(part.readableBytes) else {
                    throw Refusals.many("bodies.many", "large requests", seconds: 1)
                }
                bytes += part.readableBytesView
            }
            return bytes
        } catch let problem as Problem {
            throw problem
        } catch {
            throw Problem(400, "body.broken", "The request's body ended early.")
        }
    }

    /// Gives the client a moment to read the refusal; what it sends meanwhile is read and dropped.
    private func closeSoon(_ channel: any Channel, _ answer: inout Answer) {
        answer.headers[.connection] = "close"
        channel.eventLoop.scheduleTask(in: .milliseconds(300)) { channel.close(promise: nil) }
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
