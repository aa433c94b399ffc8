import SomaCore
import SomaTerminal

/// For the first minute: what needs you, what is running, what ended lately, and what to try.
enum HomeView: Feature {
    static let hints = ["app.help", "home.fleet", "app.needs", "home.start", "app.command"]

    static func arrange(_ state: inout AppState) {
        state.arrangeFleet()
        state.arrangeInbox()
        state.homeRuns.arrange(state.index, state.fleet)
        state.spending.begin(at: state.moment, clock: state.clock, state.fleet)
    }

    static func selectedRun(_ state: AppState) -> RunID? { nil }

    static func draw(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        guard !state.fleet.runs.isEmpty else { return drawEmpty(state, on: &canvas, in: rect, look) }
        HomeBoard(state, rect, look).draw(on: &canvas)
    }

    static func wantedWords(_ state: AppState) -> [ContentID?] {
        let summary = HomeSummary(state)
        var ids: [ContentID?] = []
        for entry in summary.needs {
            ids.append(entry.need.arguments)
            ids.append(state.fleet[entry.id.run]?.goal)
        }
        for run in summary.running { ids.append(run.goal) }
        for run in summary.ended { ids += [run.goal, run.outcome] }
        return ids
    }

    static func bindings(_ state: AppState) -> [KeyMap.Binding] {
        let may = !state.isReadOnly && state.replay == nil && !state.connection.isLost
        return [
            KeyMap.bind("home.fleet", "enter", "fleet", "The table of runs.", "home", .app(.open(.fleet))),
            KeyMap.bind(
                "home.start",
                "o",
                "start a run",
                "Say what is to be reached; a run starts.",
                "home",
                .app(.start),
                if: may
            ),
        ]
    }

    private static let tips: [(command: String, does: String)] = [
        ("soma run \"survey .\"", "look at this folder and write a report"),
        ("soma run \"check this host\"", "disk, memory, ports and clock, each twice"),
        ("soma replay --demo", "watch a recorded run, and move through time"),
    ]

    /// What to try, as lines; in two columns where there is room.
    static func tips(columns: Int, _ look: Look, explains: Bool) -> [StyledLine] {
        var lines: [StyledLine] = []
        let width = tips.map(\.command.count).max() ?? 0
        for tip in tips {
            if columns < 76 {
                lines.append(StyledLine("  " + tip.command, look[.code]))
                if explains { lines.append(StyledLine("    " + tip.does, look[.dim])) }
            } else {
                let gap = String(repeating: " ", count: width - tip.command.count + 3)
                lines.append(
                    StyledLine([.init("  " + tip.command + gap, look[.code]), .init(tip.does, look[.dim])])
                )
            }
        }
        return lines
    }

    /// What every view says of a recording in which nothing happened.
    static let emptyRecording = "The recording has no transitions."

    static func drawEmpty(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        if state.replay != nil {
            let isEmpty = state.replay?.overview.transitions == 0
            let text =
                isEmpty ? emptyRecording : "Nothing has happened yet at this place of the recording."
            return draw([StyledLine(text)], on: &canvas, in: rect, look)
        }
        var lines = [StyledLine("No runs yet.", look[.title]), StyledLine("")]
        lines += tips(columns: rect.columns, look, explains: rect.rows >= 14)
        if rect.rows >= 9 {
            lines.append(StyledLine(""))
            lines.append(StyledLine("A model is optional:", look[.dim]))
            lines.append(StyledLine("  export SOMA_MODEL_URL=http://127.0.0.1:8080/v1", look[.code]))
        }
        if rect.rows >= 14 {
            lines += [StyledLine(""), keys(state, look)]
        }
        if let daemon = state.daemon, rect.rows >= 16 {
            lines += [StyledLine(""), StyledLine("daemon \(daemon.version.firstLine)", look[.dim])]
        }
        draw(lines, on: &canvas, in: rect, look)
    }

    /// What can be done without leaving.
    private static func keys(_ state: AppState, _ look: Look) -> StyledLine {
        var line = StyledLine([])
        let may = !state.isReadOnly && !state.connection.isLost
        let start = may ? [(":start GOAL", "begins a run from here")] : []
        for (key, does) in start + [("?", "lists the keys"), ("q", "leaves")] {
            if !line.spans.isEmpty { line.append("   ") }
            line.append(key, look[.key])
            line.append(" " + does, look[.dim])
        }
        return line
    }

    static func drawWaiting(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        var lines: [StyledLine] = []
        switch state.connection {
        case .connecting, .live, .recording:
            lines = [
                StyledLine(
                    state.connection == .recording ? "Opening the recording." : "Loading the fleet.",
                    look[.dim]
                )
            ]
        case .reconnecting(let retryAt, let reason):
            let seconds = max(0, (retryAt - state.now + .milliseconds(999)).components.seconds)
            lines = [StyledLine("Not connected.", look[.warning]), StyledLine("")]
            lines += TextWrap.wrap(reason, columns: max(10, rect.columns - 6)).map { StyledLine($0) }
            lines.append(StyledLine("Trying again in \(seconds) s.", look[.dim]))
        case .failed(let reason):
            lines = [StyledLine("The console can't go on.", look[.bad]), StyledLine("")]
            lines += TextWrap.wrap(reason, columns: max(10, rect.columns - 6)).map { StyledLine($0) }
            lines += [StyledLine(""), StyledLine("q quits; nothing was changed.", look[.dim])]
        }
        draw(lines, on: &canvas, in: rect, look)
    }

    private static func draw(_ lines: [StyledLine], on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        let top = rect.rows > lines.count + 1 ? 1 : 0
        let inner = rect.inset(columns: rect.columns >= 60 ? 3 : 1).part(row: top)
        for (row, line) in lines.enumerated().prefix(inner.rows) {
            look.draw(line, on: &canvas, in: inner.line(row))
        }
    }
}
