import SomaAgents
import SomaConsole
import SomaCore
import SomaTerminal
import SomaTesting

/// The moment at which all stories begin: 14:00:00.
let start = Timestamp(seconds: 1_772_632_800)

/// The sizes that every screen is looked at.
let sizes = [
    Size(columns: 80, rows: 24), Size(columns: 120, rows: 40), Size(columns: 200, rows: 60),
    Size(columns: 40, rows: 10),
]

/// Runs as people meet them on a busy day.
enum Stories {
    /// A question that waits for a person since two minutes.
    static func needsApproval() -> RunBuilder {
        var run = RunBuilder(
            "7f3a91kq0d5m2xw",
            role: "operator",
            goal: "rotate the api key on staging",
            at: start + .seconds(700),
            shape: CognitionGraph.graph
        )
        run.plan([
            ("make a new key", "the vault lists it"), ("put it on staging", "the health check is green"),
            ("restart three pods", "all are ready"), ("revoke the old key", "the old one is refused"),
        ])
        run.go("planned", to: "Recall", after: .seconds(1))
        run.go("recalled", to: "ToolSelect")
        run.go("selected", to: "Execute", steps: [RunBuilder.step(0, .done), RunBuilder.step(1, .active)])
        let arguments = #"{"command":"vault kv put secret/api key=new"}"#
        let effect = run.request("shell", arguments, effectClass: .once)
        _ = run.askApproval(
            effect,
            arguments: arguments,
            risk: "changes staging",
            reason: "step 2 of the plan puts the new key there"
        )
        run.charge(tokens: 18_240, microdollars: 110_000)
        return run
    }

    /// A search with two helpers, in its second round.
    static func research() -> [RunBuilder] {
        var run = RunBuilder(
            "c9d1e0b7r4t2m6s",
            role: "researcher",
            goal: "why did p95 double on tuesday",
            at: start + .seconds(760),
            limits: ["tokens": 20_000],
            shape: CognitionGraph.graph
        )
        run.call("small-a", #"{"messages":3}"#, kind: .model, result: "a plan", after: .milliseconds(800))
        run.charge(tokens: 1_300, microdollars: 9_000)
        run.plan([
            ("fetch p95 for the week", "two sources agree"), ("find the step change", "one timestamp"),
            ("list deploys around it", "a window of at most 30 minutes"),
            ("diff the suspects", "a line to blame"),
            ("reproduce", "p95 moves back"),
        ])
        run.go("planned", to: "Recall", after: .seconds(1))
        run.fact("an earlier run blamed the pool")
        run.go("recalled", to: "ToolSelect", steps: [RunBuilder.step(0, .active)])
        run.go("selected", to: "Execute")
        run.call(
            "http_get",
            #"{"url":"http://prometheus/api/v1/query_range?query=p95","step":60}"#,
            result: #"{"status":"success","points":1008}"#,
            detail: ["status": 200, "bytes": 48_212]
        )
        run.go("executed", to: "Observe")
        run.fact("p95 stepped from 210 to 430 ms at 09:24")
        run.go("observed", to: "Reflect")
        run.go("verify", to: "Verify", after: .seconds(2))
        run.judge(false, step: 1, evidence: "criterion 2: one source, two wanted")
        run.go("reject", to: "Reflect", after: .seconds(1))
        run.go(
            "next",
            to: "ToolSelect",
            steps: [
                RunBuilder.step(0, .done), RunBuilder.step(1, .done, tries: 2), RunBuilder.step(2, .active),
            ]
        )
        run.go("selected", to: "Execute")
        run.charge(tokens: 10_100, microdollars: 61_000)
        let first = run.spawn("c9d1e1b7r4t2m6s", role: "researcher", goal: "read the deploy log")
        _ = first
        _ = run.spawn("c9d1e2b7r4t2m6s", role: "coder", goal: "bisect between 41f and 8aa")
        var log = RunBuilder(
            "c9d1e1b7r4t2m6s",
            role: "researcher",
            goal: "read the deploy log",
            at: run.now,
            parent: "c9d1e0b7r4t2m6s",
            shape: CognitionGraph.graph
        )
        log.plan([("find the file", ""), ("list deploys", "")])
        log.go("planned", to: "Recall", after: .seconds(2))
        log.go("recalled", to: "ToolSelect")
        log.go("selected", to: "Execute", steps: [RunBuilder.step(0, .active)])
        let search = log.request("search", #"{"path":"deploy.log","pattern":"09:[12]"}"#)
        log.start(search)
        log.finish(
            search,
            result: "09:11 deploy 41f  web\n09:22 deploy 8aa  web   pool 20→5\n09:40 deploy 8ab  docs",
            detail: ["matches": 3]
        )
        log.go("executed", to: "Observe", after: .seconds(1))
        log.charge(tokens: 2_100, microdollars: 10_000)
        var bisect = RunBuilder(
            "c9d1e2b7r4t2m6s",
            role: "coder",
            goal: "bisect between 41f and 8aa",
            at: run.now,
            parent: "c9d1e0b7r4t2m6s",
            shape: CognitionGraph.graph
        )
        bisect.plan([("build", ""), ("mark good", ""), ("mark bad", ""), ("test", ""), ("report", "")])
        bisect.go("planned", to: "Recall", after: .seconds(1))
        bisect.go("recalled", to: "ToolSelect")
        bisect.go(
            "selected",
            to: "Execute",
            steps: [RunBuilder.step(0, .done), RunBuilder.step(1, .active)],
            after: .seconds(4)
        )
        let good = bisect.request("shell", #"{"command":"git bisect good 41f"}"#)
        bisect.start(good)
        bisect.charge(tokens: 6_000, microdollars: 40_000)
        return [run, log, bisect]
    }

    /// A run whose verification rejected it for good.
    static func failed() -> RunBuilder {
        var run = RunBuilder(
            "0a77c2w8e1r5t9y",
            role: "coder",
            goal: "migrate config to v2",
            at: start + .seconds(-3_000),
            shape: CognitionGraph.graph
        )
        run.plan([("rewrite the file", "it parses"), ("run the tests", "all pass")])
        run.go("planned", to: "Recall", after: .seconds(2))
        run.go("recalled", to: "ToolSelect")
        run.go("selected", to: "Execute", steps: [RunBuilder.step(0, .done), RunBuilder.step(1, .active)])
        let test = run.request("shell", #"{"command":"make test"}"#)
        run.start(test)
        run.finish(
            test,
            ok: false,
            status: "error",
            result: "2 of 41 tests failed",
            detail: ["exit": 1],
            after: .seconds(40)
        )
        run.go("executed", to: "Observe")
        run.go("observed", to: "Reflect")
        run.go("verify", to: "Verify")
        run.judge(false, step: 1, evidence: "two tests fail")
        run.charge(tokens: 140_300, microdollars: 930_000)
        run.fail("verify.rejected", "verify rejected twice")
        return run
    }

    /// A run that ended well, a while ago.
    static func done() -> RunBuilder {
        var run = RunBuilder(
            "4410fem3n5p7q9s",
            role: "researcher",
            goal: "survey ./",
            at: start + .seconds(-600),
            shape: CognitionGraph.graph
        )
        run.plan([("count languages", "two counts agree"), ("write the report", "the file is there")])
        run.go("planned", to: "Recall", after: .seconds(1))
        run.go("recalled", to: "ToolSelect")
        run.go("selected", to: "Execute")
        run.call("survey_files", #"{"path":"."}"#, result: #"{"swift":214,"yaml":31}"#)
        run.go("executed", to: "Observe")
        run.fact("214 Swift files")
        run.go("observed", to: "Reflect")
        run.go("verify", to: "Verify")
        run.judge(true, evidence: "both counts say 214")
        run.go(
            "accept",
            to: "Commit",
            steps: [RunBuilder.step(0, .done), RunBuilder.step(1, .done)],
            after: .seconds(1)
        )
        run.complete("report.md, 41 lines")
        return run
    }

    /// An effect that may have happened.
    static func doubtful() -> RunBuilder {
        var run = RunBuilder(
            "b02c44a9s8d7f6g",
            role: "operator",
            goal: "send the weekly report",
            at: start + .seconds(300),
            shape: CognitionGraph.graph
        )
        run.plan([("send it", "the server took it")])
        run.go("planned", to: "Recall", after: .seconds(1))
        run.go("recalled", to: "ToolSelect")
        run.go("selected", to: "Execute", steps: [RunBuilder.step(0, .active)])
        let mail = run.request("mail", #"{"to":"team"}"#, effectClass: .once)
        run.start(mail)
        run.wait(.seconds(5))
        run.add(.effectInDoubt, ["effect": JSON(mail), "reason": "crash"], cause: mail)
        return run
    }

    /// A busy fleet.
    static var mix: [RunBuilder] { [done(), failed(), doubtful(), needsApproval()] + research() }
}

/// A console without a shell, fed with stories.
struct TestConsole {
    var state: AppState
    var requests: [SourceRequest] = []
    /// What the Kafka source was asked.
    var kafka: [KafkaRequest] = []
    /// What the source of traces was asked.
    var traces: [TraceRequest] = []
    /// What the source of metrics was asked.
    var metrics: [MetricsRequest] = []
    let words: [ContentID: String]
    let logs: [RunID: [Transition]]
    /// Words that the source doesn't give.
    var states: [ContentID: WordsState] = [:]
    /// Whether words are answered at all.
    var answersWords = true
    /// Whether ends of logs are answered at all.
    var answersTails = true

    init(
        _ stories: [RunBuilder],
        size: Size = .standard,
        now: Timestamp = start + .seconds(840),
        connection: Connection = .live(lag: nil)
    ) {
        state = AppState(size: size, now: now, place: "local")
        words = stories.words
        logs = Dictionary(uniqueKeysWithValues: stories.map { ($0.id, $0.transitions) })
        feed(.source(.connection(connection)))
    }

    /// A console to which all has happened.
    static func with(_ stories: [RunBuilder], size: Size = .standard, now: Timestamp = start + .seconds(840))
        -> TestConsole
    {
        var console = TestConsole(stories, size: size, now: now)
        console.feed(.source(.snapshot(Fleet())))
        console.feed(.source(.transitions(stories.merged)))
        return console
    }

    mutating func feed(_ message: AppMessage) {
        var effects = state.update(message, now: state.now)
        for _ in 0..<8 {
            effects += state.settle()
            guard !effects.isEmpty else { return }
            var next: [AppEffect] = []
            for case .kafka(let request) in effects { kafka.append(request) }
            for case .traces(let request) in effects { traces.append(request) }
            for case .metrics(let request) in effects { metrics.append(request) }
            for case .send(let request) in effects {
                requests.append(request)
                for news in answer(request) { next += state.update(.source(news), now: state.now) }
            }
            effects = next
        }
    }

    mutating func press(_ keys: String) {
        for word in keys.split(separator: " ") {
            if let key = Key(String(word)) { feed(.terminal(.key(key))) }
        }
    }

    mutating func type(_ text: String) {
        for character in text { feed(.terminal(.key(Key(character)))) }
    }

    /// Filters, or searches, for a text.
    mutating func filter(_ text: String) {
        press("/")
        type(text)
        press("enter")
    }

    /// Loses the daemon, three seconds ago.
    mutating func loseDaemon() {
        let now = state.now
        let reason = "Nobody answers at /run/soma.sock"
        feed(.source(.connection(.reconnecting(retryAt: now + .seconds(8), reason: reason))))
        at(now + .seconds(3))
    }

    /// Goes down until something holds; a page at the most.
    mutating func goDown(until holds: (AppState) -> Bool) {
        for _ in 0..<state.size.rows where !holds(state) { press("j") }
    }

    mutating func at(_ now: Timestamp) {
        _ = state.update(.tick, now: now)
        _ = state.settle()
    }

    func canvas(_ glyphs: GlyphSet = .unicode, theme: Theme = .dark) -> Canvas {
        AppView.render(state, theme: theme, glyphs: glyphs)
    }

    private func answer(_ request: SourceRequest) -> [SourceNews] {
        switch request {
        case .words(let ids):
            guard answersWords else { return [] }
            return [
                .words(
                    Dictionary(
                        uniqueKeysWithValues: ids.map { id in
                            (id, states[id] ?? words[id].map { WordsState($0) } ?? .missing)
                        }
                    )
                )
            ]
        case .journal(let run): return [.journal(run, logs[run] ?? [])]
        case .tail(let run, let seq):
            return answersTails ? [.tail(run, logs[run]?.filter { $0.seq > seq })] : []
        case .transition(let run, let seq):
            return (logs[run] ?? []).first { $0.seq == seq }.map { [.transition($0)] } ?? []
        case .command, .replay, .past, .rows, .page, .search, .stopSearch: return []
        }
    }
}
