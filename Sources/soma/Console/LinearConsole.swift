import Dispatch
import Glibc
import SomaClient
import SomaConsole
import SomaCore
import SomaTerminal

/// The console without a screen: what happens, a sentence a line, until the person ends it. Where standard input is
/// a terminal, lines typed there are commands.
actor LinearConsole {
    private let daemon: Daemon
    private let style: OutputStyle
    private let clock = LocalClock.face
    private let takesLines: Bool
    private var session: LinearSession
    private var isLost = false

    static func run(_ global: GlobalOptions, keeps: Bool, isReadOnly: Bool = false) async throws {
        let daemon = try await Daemon.attach(global, spawning: true, keeps: keeps)
        let console = LinearConsole(daemon, global, isReadOnly)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await console.follow() }
            if isatty(STDIN_FILENO) == 1 { group.addTask { await console.listen() } }
            // Whoever ends first ends the console: the person, or a daemon that refuses for good.
            try await group.next()
            group.cancelAll()
        }
    }

    private init(_ daemon: Daemon, _ global: GlobalOptions, _ isReadOnly: Bool) {
        self.daemon = daemon
        style = global.style
        takesLines = isatty(STDIN_FILENO) == 1
        session = LinearSession(
            workspace: WorkingFolder.absolute("."),
            clock: LocalClock.face,
            isReadOnly: isReadOnly
        )
    }

    /// Tells what happens; what isn't told yet waits at the daemon.
    private func follow() async throws {
        do {
            for try await event in daemon.client.attach() { await take(event) }
        } catch let error as ClientError {
            throw CommandFailure(error)
        }
    }

    /// Carries out what is typed, until the person leaves.
    private func listen() async {
        let (lines, send) = AsyncStream<String>.makeStream()
        DispatchQueue.global().async {
            while let line = readLine() { send.yield(line) }
            send.finish()
        }
        for await line in lines { if await perform(line) { return } }
    }

    private func take(_ event: ClientEvent) async {
        switch event {
        case .snapshot(let document):
            let fleet = document.fleet
            session.take(fleet, words: document.words, now: Now.timestamp)
            Out.line(LinearText.summary(fleet))
            for run in fleet.runs where !run.status.isTerminal {
                tell(run.id, LinearText.standing(run, words: document.words), at: run.statusSince)
            }
            if takesLines {
                Out.line("Type help for the commands, needs for what waits for you, quit to leave.")
            }
        case .transition(let transition, _):
            let news = session.take(transition, now: Now.timestamp)
            guard news != .repeated else { return }
            let words = (try? await daemon.words(transition.content.map(\.id))) ?? [:]
            if transition.kind == .runStarted { session.words.merge(words) { _, new in new } }
            guard news == .new else { return }
            for sentence in LinearText.sentences(transition, words: words, typed: takesLines) {
                tell(transition.run, sentence, at: transition.at)
            }
        case .disconnected(let reason, _):
            if !isLost { Out.line("The connection was lost (\(SafeText.line(reason))). Trying again.") }
            isLost = true
        case .reconnected:
            if isLost { Out.line("Connected again; nothing is missing.") }
            isLost = false
        case .output, .lagged: return
        }
    }

    /// Carries out a line; true where the person leaves.
    private func perform(_ line: String) async -> Bool {
        let answer = session.perform(line, now: Now.timestamp)
        for sentence in answer.said { Out.line(sentence) }
        switch answer.reads {
        case .need(let need): await read(need)
        case .plan(let run): await readPlan(run)
        case nil: break
        }
        if let command = answer.command {
            let outcome = await daemon.client.outcome(of: command)
            if let said = session.take(outcome, of: command, hears: !isLost) { Out.line(said) }
        }
        return answer.quits
    }

    /// Reads out the steps of a run's plan.
    private func readPlan(_ id: RunID) async {
        guard let run = session.fleet[id] else { return }
        let words = (try? await daemon.words([run.plan.words].compactMap { $0 })) ?? [:]
        for line in LinearText.plan(run, words: run.plan.words.flatMap { words[$0] }) { Out.line(line) }
    }

    /// Reads out what a run wants, word for word.
    private func read(_ id: Need.ID) async {
        guard let need = session.inbox[id] else { return }
        var question = session.inbox.questions[id]
        if question == nil, case .approval(let seq) = id.matter {
            question = try? await daemon.client.transition(seq, of: id.run)?.content("question")
        }
        let words = (try? await daemon.words([need.arguments, question].compactMap { $0 })) ?? [:]
        if let text = question.flatMap({ words[$0] }) {
            for line in SafeText.lines(OpenQuestion.summary(text)) { Out.line("  \(line)") }
        }
        if let text = need.arguments.flatMap({ words[$0] }) {
            for line in OpenQuestion.arguments(text) { Out.line("  \(line)") }
        }
    }

    private func tell(_ run: RunID, _ text: String, at moment: Timestamp) {
        Out.line("\(style.paint(clock.time(moment), .dim))  \(SafeText.line(run.short))  \(text)")
    }
}
