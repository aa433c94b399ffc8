import Glibc
import SomaConsole
import SomaCore
import SomaTerminal

/// Follows a run on standard error: one living line on a terminal, a line a transition elsewhere.
struct RunProgress {
    let daemon: Daemon
    let global: GlobalOptions

    /// Follows until the run has ended or waits for a person, and gives where it stands then.
    func follow(_ id: RunID) async throws -> RunDocument {
        let style = global.style(of: STDERR_FILENO)
        var line = LiveLine(style: style)
        var state = RunState(id: id)
        let goal = try await daemon.run(id.rawValue).goal ?? ""
        for try await transition in daemon.follow(id, after: 0) {
            state.apply(transition)
            if line.isLive {
                line.show(state, goal: goal)
            } else if !global.json {
                let words = try await daemon.words(transition.content.map(\.id))
                Out.note(TransitionText.line(transition, words: words))
            }
            if state.status.isTerminal || needsPerson(state) { break }
        }
        line.clear()
        return try await daemon.run(id.rawValue)
    }

    private func needsPerson(_ state: RunState) -> Bool {
        state.waiting?.reason.needsPerson == true && state.isHeld
    }
}

/// One line that is written over: `⠹ Execute  step 3/9  most-changed files   12.4k tokens  $0.07`.
struct LiveLine {
    let style: OutputStyle
    private var frame = 0
    private var isShown = false
    private var shownAt = ContinuousClock.now - .seconds(1)

    init(style: OutputStyle) { self.style = style }

    /// Whether the line can be written over.
    var isLive: Bool {
        style.isTerminal && Environment.all["TERM"] != "dumb" && Environment.all["TERM"] != nil
    }

    /// Shows where the run stands, at most 20 times a second.
    mutating func show(_ state: RunState, goal: String) {
        let now = ContinuousClock.now
        guard now - shownAt >= .milliseconds(50) else { return }
        shownAt = now
        isShown = true
        let spinner = Array("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")
        frame = (frame + 1) % spinner.count
        let text = LiveLine.text(state, goal: goal)
        let clipped = SafeText.clip(SafeText.line(text), to: style.columns - 3, mark: "…")
        Out.write("\r\u{1B}[K\(style.paint(String(spinner[frame]), .accent)) \(clipped)", to: STDERR_FILENO)
    }

    /// Takes the line away.
    mutating func clear() {
        guard isShown else { return }
        Out.write("\r\u{1B}[K", to: STDERR_FILENO)
        isShown = false
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
