import SomaConsole
import SomaCore
import SomaHTTP
import SomaTraces
import Synchronization

/// Looks at a Jaeger for the console: its services now and then, and what is searched for and opened.
///
/// A Jaeger that is away or doesn't go on is told of within five seconds, and every question that has no answer yet is
/// asked again until it has one. Answers are read and arranged here, so that the console only has to draw them.
final class TraceBrowser: TraceSource {
    /// How long an answer may take to begin, and to go on.
    static let timeout = Duration.seconds(4)
    /// How often a Jaeger in sight is asked for its services, and how soon again after that failed.
    private static let watchInterval = Duration.seconds(5)
    private static let retryInterval = Duration.seconds(2)
    /// The largest answer that is read.
    static let bodyBytesMax = 256 << 20

    let address: String?
    let news: AsyncStream<TraceNews>
    private let teller: AsyncStream<TraceNews>.Continuation
    private let client: JaegerClient?
    private let home: String?
    private let state = Mutex(State())

    private struct State {
        var watching: Task<Void, Never>?
        var questions: [Int: Task<Void, Never>] = [:]
        var isClosed = false
    }

    /// Creates a source; nothing is asked yet.
    /// - Parameters:
    ///   - base: Jaeger's address, as people copy it; `nil` for a source that only writes files.
    ///   - bodyBytesMax: The largest answer that is read.
    ///   - home: The person's, for files below it.
    /// - Throws: `HTTPError` where there is no HTTP.
    init(_ base: String?, bodyBytesMax: Int = TraceBrowser.bodyBytesMax, home: String? = nil)
        throws(HTTPError)
    {
        self.home = home
        (news, teller) = AsyncStream.makeStream()
        guard let base else {
            (client, address) = (nil, nil)
            return
        }
        let client = JaegerClient(
            try HTTPClient(),
            base: base,
            timeout: Self.timeout,
            maxBodyBytes: bodyBytesMax
        )
        self.client = client
        address = Self.shown(client.base)
    }

    /// An address without a name and a password in front of the host: it goes to the screen and to the clipboard.
    private static func shown(_ base: String) -> String {
        guard let scheme = base.firstRange(of: "://") else { return base }
        let rest = base[scheme.upperBound...]
        let authority = rest.prefix { $0 != "/" }
        guard let sign = authority.lastIndex(of: "@") else { return base }
        return String(base[..<scheme.upperBound] + rest[rest.index(after: sign)...])
    }

    func send(_ request: TraceRequest) {
        switch request {
        case .watch(let isOn):
            state.withLock { state in
                state.watching?.cancel()
                state.watching = isOn && !state.isClosed ? Task { await look() } : nil
            }
        case .search(let number, let query):
            ask(number) { client throws(JaegerError) in
                .found(number, try await client.search(query).map { FoundTrace($0) })
            }
        case .open(let number, let id):
            ask(number) { client throws(JaegerError) in
                .opened(number, TraceWaterfall(try await client.trace(id)))
            }
        case .stop(let number): state.withLock { $0.questions.removeValue(forKey: number) }?.cancel()
        case .export(let path, let trace): export(trace, to: path)
        }
    }

    func close() {
        let tasks = state.withLock { state in
            state.isClosed = true
            defer { (state.watching, state.questions) = (nil, [:]) }
            return Array(state.questions.values) + (state.watching.map { [$0] } ?? [])
        }
        for task in tasks { task.cancel() }
        teller.finish()
    }

    // MARK: Questions

    /// Asks for the services, and again and again while traces are in sight.
    private func look() async {
        guard let client else { return }
        while !Task.isCancelled {
            var wait = Self.watchInterval
            switch await Self.services(client) {
            case .success(let names): teller.yield(.services(names))
            case .failure(let error):
                guard !Task.isCancelled else { return }
                teller.yield(.lost(Self.words(error)))
                wait = Self.retryInterval
            }
            try? await Task.sleep(for: wait)
        }
    }

    /// The services, or why they aren't there in time: an answer that comes in drops is none.
    private static func services(_ client: JaegerClient) async -> Result<[String], JaegerError> {
        let question = Task { () async -> Result<[String], JaegerError> in
            do throws(JaegerError) {
                return .success(try await client.services())
            } catch {
                return .failure(error)
            }
        }
        let alarm = Task {
            try? await Task.sleep(for: timeout + .milliseconds(500))
            question.cancel()
        }
        defer { alarm.cancel() }
        return await withTaskCancellationHandler {
            await question.value
        } onCancel: {
            question.cancel()
        }
    }

    /// Asks until there is an answer, or there can't be one.
    private func ask(
        _ number: Int,
        _ question: @escaping @Sendable (JaegerClient) async throws(JaegerError) -> TraceNews
    ) {
        guard let client else { return }
        state.withLock { state in
            guard !state.isClosed else { return }
            state.questions[number]?.cancel()
            state.questions[number] = Task { [teller] in
                while !Task.isCancelled {
                    do throws(JaegerError) {
                        let news = try await question(client)
                        if !Task.isCancelled { teller.yield(news) }
                        return
                    } catch {
                        guard !Task.isCancelled else { return }
                        guard Self.mayPass(error) else {
                            teller.yield(.failed(number, Self.words(error)))
                            return
                        }
                        teller.yield(.lost(Self.words(error)))
                    }
                    try? await Task.sleep(for: Self.retryInterval)
                }
            }
        }
    }

    /// Whether the same question may be answered later.
    private static func mayPass(_ error: JaegerError) -> Bool {
        switch error {
        case .http(let error):
            error.isRetryable
        case .refused(let status, _): [429, 502, 503, 504].contains(status)
        case .notFound, .redirected, .unreadable, .unexpected, .cancelled: false
        }
    }

    private static func words(_ error: JaegerError) -> String {
        switch error {
        case .http(let error) where error.kind == .bodyTooLarge:
            "Jaeger: \(error). The rest was cut off: ask for less, with limit:, min: or since:."
        case .cancelled: "Jaeger gave no answer within \(timeout.components.seconds) s."
        default: "\(error)"
        }
    }

    // MARK: Files

    private func export(_ trace: Trace, to path: String) {
        Task.detached { [teller, home] in
            let problem = ScreenFile.write(trace.set.json().text(), to: path, replaces: false, home: home)
            let count = trace.spans.count == 1 ? "1 span is" : "\(trace.spans.count) spans are"
            teller.yield(
                .exported(problem.map { Notice($0, .bad) } ?? Notice("\(count) in \(path), as OTLP.", .good))
            )
        }
    }
}
