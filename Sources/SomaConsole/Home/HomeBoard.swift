import SomaCore
import SomaTerminal

/// The home view's sections, as many as fit, the most important first.
struct HomeBoard {
    private let state: AppState
    private let rect: Rect
    private let look: Look
    private let summary: HomeSummary

    init(_ state: AppState, _ rect: Rect, _ look: Look) {
        self.state = state
        self.rect = rect.inset(columns: rect.columns >= 60 ? 2 : 1)
        self.look = look
        summary = HomeSummary(state)
    }

    func draw(on canvas: inout Canvas) {
        var sections = [needs, running, ended].filter { !$0.isEmpty }
        sections.append(today)
        sections.append([heading("TRY")] + HomeView.tips(columns: rect.columns, look, explains: false))
        var row = rect.rows > 8 ? 1 : 0
        let gap = rect.rows >= 16 ? 1 : 0
        for (place, section) in sections.enumerated() {
            let left = rect.rows - row
            guard left > 0 else { return }
            // What comes last is left out rather than cut, and a heading says nothing alone.
            let isLast = place >= sections.count - 2
            if section.count > left, isLast || left < 2 { continue }
            for line in section.prefix(left) {
                look.draw(line, on: &canvas, in: rect.line(row))
                row += 1
            }
            row += gap
        }
    }

    private func heading(_ title: String, _ said: String = "") -> StyledLine {
        StyledLine([.init(title, look[.heading]), .init(said.isEmpty ? "" : "  " + said, look[.dim])])
    }

    private var needs: [StyledLine] {
        guard summary.needsTotal > 0 else {
            return [StyledLine([look.sign(.done), .init(" Nobody needs you.", look[.dim])])]
        }
        let more = summary.needsTotal - summary.needs.count
        let does = "! " + (state.connection.isLost ? "shows" : "answers")
        var lines = [heading("NEEDS YOU", does + (more > 0 ? ", \(Amounts.grouped(more)) more" : ""))]
        for entry in summary.needs {
            let run = state.fleet[entry.id.run]
            var line = StyledLine([look.sign(entry.need.mark), .init(" ")])
            line.append(entry.id.run.short, look[.code])
            line.append("  " + pad(run?.role.firstLine ?? "", 10) + "  ")
            line.append(pad(Amounts.wait(state.moment - entry.need.since), 5) + " ", look[.dim])
            line.append(NeedWords.wants(entry.need), look[entry.need.mark.role])
            line.append(look.dot, look[.dim])
            line.spans.append(goal(of: run))
            lines.append(line)
        }
        return lines
    }

    private var running: [StyledLine] {
        guard !summary.running.isEmpty else { return [] }
        let more = summary.runningTotal - summary.running.count
        var lines = [heading("RUNNING", more > 0 ? "\(Amounts.grouped(more)) more" : "")]
        for run in summary.running {
            let standing = state.standing(of: run)
            var line = StyledLine([look.sign(standing.mark), .init(" ")])
            line.append(run.id.short, look[.code])
            line.append("  " + pad(run.role.firstLine, 10) + "  ")
            let end = max(run.lastAt, state.moment)
            line.append(pad(run.activations.last?.node.firstLine ?? "", 10), look[.dim])
            line.append("  " + pad(Amounts.time(end - run.startedAt), 6) + "  ", look[.dim])
            line.spans.append(goal(of: run))
            lines.append(line)
        }
        return lines
    }

    private var ended: [StyledLine] {
        guard !summary.ended.isEmpty else { return [] }
        var lines = [heading("ENDED LATELY")]
        for run in summary.ended {
            let standing = state.standing(of: run)
            var line = StyledLine([look.sign(standing.mark), .init(" ")])
            line.append(run.id.short, look[.code])
            line.append("  " + pad(run.role.firstLine, 10) + "  ")
            line.append(state.clock.time(run.statusSince) + "  ", look[.dim])
            line.spans += ending(of: run, columns: rect.columns - line.columns)
            lines.append(line)
        }
        return lines
    }

    private var today: [StyledLine] {
        var parts: [String] = []
        let runs = summary.startedToday
        parts.append(runs == 1 ? "1 run started" : "\(Amounts.grouped(runs)) runs started")
        if summary.today.tokens > 0 { parts.append("\(Amounts.short(summary.today.tokens)) tokens") }
        if summary.today.microdollars > 0 { parts.append(Amounts.money(summary.today.microdollars)) }
        var line = StyledLine([
            .init("TODAY", look[.heading]), .init("  " + parts.joined(separator: look.dot)),
        ])
        if let daemon = state.daemon {
            line.append(look.dot + "daemon \(daemon.version.firstLine)", look[.dim])
        }
        return [line]
    }

    /// From how many columns on there is room for a goal and what came of it; below, two pieces of words would say neither.
    private static let endingColumns = 20

    /// The goal and what came of it; a long goal leaves half of the room to that.
    private func ending(of run: RunState, columns: Int) -> [StyledLine.Span] {
        var goal = goal(of: run)
        let words = run.goal.flatMap { state.words[$0] }
        let said =
            run.outcome.map { look.gist(state.words[$0], of: words).text } ?? run.reasonWords.firstLine
        guard !said.isEmpty, said != goal.text, columns >= Self.endingColumns else { return [goal] }
        let room = max(columns / 2, columns - SafeText.columns(of: look.dot + said))
        goal.text = SafeText.clip(goal.text, to: room, mark: look.glyphs.ellipsis)
        return [goal, .init(look.dot + said, look[run.status == .failed ? .bad : .dim])]
    }

    private func goal(of run: RunState?) -> StyledLine.Span {
        guard let goal = run?.goal else { return .init(look.none, look[.dim]) }
        return look.words(state.words[goal])
    }

    /// Cut or filled to a width, measured as it is drawn.
    private func pad(_ text: String, _ columns: Int) -> String {
        let text = SafeText.clip(text, to: columns, mark: look.glyphs.ellipsis)
        return text + String(repeating: " ", count: columns - SafeText.columns(of: text))
    }
}
