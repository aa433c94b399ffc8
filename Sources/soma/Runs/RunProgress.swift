import Glibc
import SomaConsole
import SomaCore
import SomaTerminal
import Synchronization

/// Follows a run on standard error: one living line on a terminal, a line a transition elsewhere.
struct RunProgress {
    let daemon: Daemon
    let isQuiet: Bool
    let line: LiveLine

    init(daemon: Daemon, global: GlobalOptions) {
        self.daemon = daemon
        isQuiet = global.json
        line = LiveLine(style: global.style(of: STDERR_FILENO))
    }

    /// Follows until the run has ended or waits for a person, and gives where it stands then.
    func follow(_ id: RunID) async throws -> RunDocument {
        let goal = try await daemon.run(id.rawValue).goal ?? ""
        var state = RunState(id: id)
        line.show(state, goal: goal)
        let ticker = line.isLive ? Task { [line] in await line.tick() } : nil
        defer {
            ticker?.cancel()
            line.clear()
        }
        for try await transition in daemon.follow(id, after: 0) {
            state.apply(transition)
            if line.isLive {
                line.show(state, goal: goal)
            } else if !isQuiet {
                let words = try await daemon.words(transition.content.map(\.id))
                Out.note(TransitionText.line(transition, words: words))
            }
            if state.status.isTerminal || needsPerson(state) { break }
        }
        return try await daemon.run(id.rawValue)
    }

    private func needsPerson(_ state: RunState) -> Bool {
        state.waiting?.reason.needsPerson == true && state.isHeld
    }
}

/// One line that is written over: `⠹ Execute  step 3/9  most-changed files   12.4k tokens  $0.07`.
final class LiveLine: Sendable {
    private struct Content {
        var text = ""
        var frame = 0
        var isShown = false
        var isOver = false
    }

    private static let spinner = Array("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")

    /// Whether the line can be written over.
    let isLive: Bool
    private let style: OutputStyle
    private let content = Mutex(Content())

    init(style: OutputStyle) {
        self.style = style
        isLive = style.isTerminal && Environment.all["TERM"] != "dumb" && Environment.all["TERM"] != nil
    }

    /// What the line says from now on.
    func show(_ state: RunState, goal: String) {
        let text = SafeText.clip(
            SafeText.line(LiveLine.text(state, goal: goal)),
            to: style.columns - 3,
            mark: "…"
        )
        content.withLock { $0.text = text }
    }

    /// Draws the line ten times a second, so that it lives while nothing happens, until cancelled.
    func tick() async {
        while !Task.isCancelled {
            content.withLock { content in
                guard !content.isOver else { return }
                content.isShown = true
                content.frame = (content.frame + 1) % Self.spinner.count
                let sign = style.paint(String(Self.spinner[content.frame]), .accent)
                Out.write("\r\u{1B}[K\(sign) \(content.text)", to: STDERR_FILENO)
            }
            do { try await Task.sleep(for: .milliseconds(100)) } catch { return }
        }
    }

    /// Takes the line away for good.
    func clear() {
        content.withLock { content in
            if content.isShown { Out.write("\r\u{1B}[K", to: STDERR_FILENO) }
            content.isShown = false
            content.isOver = true
        }
    }

    static func text(_ state: RunState, goal: String) -> String {
        var parts: [String] = [state.activations.last?.node ?? "start"]
        if !state.plan.steps.isEmpty {
            let active = state.plan.steps.firstIndex { $0.state == .active } ?? state.plan.finished
            let number = min(active + 1, state.plan.steps.count)
            parts.append("step \(number)/\(state.plan.steps.count)")
            if state.plan.steps.indices.contains(active) { parts.append(state.plan.steps[active].name) }
        } else {
            parts.append(goal)
        }
        if let wait = state.waiting { parts.append("waits for \(wait.reason.rawValue) \(wait.name)") }
        let spent = state.budget.spent
        if spent.tokens > 0 { parts.append("\(Amounts.short(spent.tokens)) tokens") }
        if spent.microdollars > 0 { parts.append(Amounts.money(spent.microdollars)) }
        return parts.joined(separator: "  ")
    }
}
