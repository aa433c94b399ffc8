import SomaCore
import SomaTerminal

/// One line of a comparison: a step of each run, or how many were equal.
struct CompareLine {
    private let line: CompareState.Line
    private let state: AppState
    private let look: Look

    init(_ line: CompareState.Line, _ state: AppState, _ look: Look) {
        self.line = line
        self.state = state
        self.look = look
    }

    /// How many columns the left run has.
    static func middle(_ rect: Rect) -> Int { max(0, (rect.columns - 3) / 2) }

    func draw(on canvas: inout Canvas, in rect: Rect) {
        let comparison = state.compareView.comparison
        switch line {
        case .equal(let rows):
            let words = rows.count == 1 ? "1 equal step" : "\(Amounts.grouped(rows.count)) equal steps"
            let dots = look.glyphs == .unicode ? "┄┄┄┄" : "----"
            look.draw(
                StyledLine("\(dots) \(words) \(dots)", look[.dim]),
                on: &canvas,
                in: rect.inset(columns: 1)
            )
        case .row(let index):
            let row = comparison.rows[index]
            let middle = Self.middle(rect)
            let (sign, style) = sign(row)
            if let left = row.left {
                look.draw(
                    text(comparison.left[left], row, .removed),
                    on: &canvas,
                    in: rect.part(columns: middle)
                )
            }
            canvas.draw(sign, column: rect.column + middle + 1, row: rect.row, style: style)
            if let right = row.right {
                let place = rect.part(column: middle + 3)
                look.draw(text(comparison.right[right], row, .added), on: &canvas, in: place)
            }
        case .left(let index):
            let row = comparison.rows[index]
            let step = row.left.map { comparison.left[$0] } ?? row.right.map { comparison.right[$0] }
            let isEqual = row.difference.isDisjoint(with: counted)
            canvas.draw(
                isEqual ? " " : "<",
                column: rect.column,
                row: rect.row,
                style: look[isEqual ? .dim : .removed]
            )
            if let step { look.draw(text(step, row, .removed), on: &canvas, in: rect.part(column: 2)) }
        case .right(let index):
            let row = comparison.rows[index]
            canvas.draw(">", column: rect.column, row: rect.row, style: look[.added])
            if let right = row.right {
                look.draw(text(comparison.right[right], row, .added), on: &canvas, in: rect.part(column: 2))
            }
        }
    }

    private var counted: Comparison.Difference { state.compareView.level.difference }

    /// What stands between the two: that they differ, or that one is alone.
    private func sign(_ row: Comparison.Row) -> (String, Style) {
        guard !row.difference.isDisjoint(with: counted) else {
            return (String(look.glyphs.pick("│", "|")), look[.border])
        }
        if row.right == nil { return ("<", look[.removed]) }
        if row.left == nil { return (">", look[.added]) }
        return (String(look.glyphs.pick("≠", "#")), look[.warning])
    }

    private func text(_ step: CompareStep, _ row: Comparison.Row, _ side: ThemeRole) -> StyledLine {
        let difference = row.difference.intersection(counted)
        let isEqual = difference.isEmpty
        let base = isEqual ? look[.dim] : .plain
        func style(_ part: Comparison.Difference, _ plain: Style = .plain) -> Style {
            difference.contains(part) ? look[side] : isEqual ? look[.dim] : plain
        }
        var line = StyledLine([])
        if let mark = step.mark {
            line.spans.append(look.sign(mark, role: isEqual ? .dim : nil))
        } else {
            line.append(" ")
        }
        line.append(" ")
        let node = step.node.firstLine
        line.append(node, style(.path))
        line.append(String(repeating: " ", count: max(1, 11 - SafeText.columns(of: node))), base)
        line.append(step.name.firstLine, style(.path, look[.code]))
        if !step.target.isEmpty {
            line.append(" \(look.arrow) ", look[.dim])
            line.append(step.target.firstLine, style(.path))
        }
        if let arguments = step.arguments {
            line.append(" ")
            line.spans.append(words(arguments, step.kind, style(.arguments)))
        }
        if !step.outcome.isEmpty {
            line.append(look.dot + step.outcome.firstLine, style(.outcome, look[.dim]))
        }
        if step.microseconds >= 100_000 {
            line.append(look.dot + Amounts.span(step.microseconds), style(.time, look[.dim]))
        }
        if step.tokens > 0 {
            line.append(look.dot + "\(Amounts.short(step.tokens)) tokens", style(.cost, look[.dim]))
        }
        return line
    }

    private func words(_ id: ContentID, _ kind: CompareStep.Kind, _ style: Style) -> StyledLine.Span {
        guard case .text(let text, _) = state.words[id] else {
            return look.words(state.words[id], style: style)
        }
        return .init(CompareDetail.line(text, kind), style)
    }
}

/// What is different about the selected row, in full.
enum CompareDetail {
    /// Words of a step on one line.
    static func line(_ text: String, _ kind: CompareStep.Kind) -> String {
        switch kind {
        case .judgement: Evidence.line(text)
        case .plan: PlanWords.steps(text).map(\.title).joined(separator: "; ")
        case .call, .question, .answer: ArgumentLine.text(text)
        default: text.firstLine
        }
    }

    static func draw(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        for (row, line) in lines(state, columns: rect.columns, look).prefix(rect.rows).enumerated() {
            look.draw(line, on: &canvas, in: rect.line(row))
        }
    }

    /// In which respects, in words.
    static func names(_ difference: Comparison.Difference) -> String {
        let names: [(Comparison.Difference, String)] = [
            (.path, "path"), (.arguments, "arguments"), (.outcome, "outcome"), (.cost, "cost"),
            (.time, "time"),
        ]
        let found = names.filter { difference.contains($0.0) }.map(\.1)
        guard found.count > 1, let last = found.last else { return found.first ?? "nothing" }
        return found.dropLast().joined(separator: ", ") + " and " + last
    }

    private static func lines(_ state: AppState, columns: Int, _ look: Look) -> [StyledLine] {
        let view = state.compareView
        guard let place = view.list.selected, view.lines.indices.contains(place) else { return [] }
        if case .equal(let rows) = view.lines[place] {
            let text = "\(rows.count) steps are the same by \(view.level.words); space shows them"
            return [StyledLine(text, look[.dim])]
        }
        let row = view.comparison.rows[view.lines[place].row]
        let left = row.left.map { view.comparison.left[$0] }
        let right = row.right.map { view.comparison.right[$0] }
        guard let left, let right else {
            let step = left ?? right
            let who = left == nil ? "only the right one" : "only the left one"
            let at = step.map { state.clock.time($0.at) } ?? ""
            var lines = [StyledLine([.init(who, look[.warning]), .init("  at \(at)", look[.dim])])]
            if let step, let text = step.arguments.flatMap({ state.words[$0]?.text }) {
                lines += wrapped([.init(text, .both)], "", columns, look)
            }
            return lines
        }
        var lines: [StyledLine] = []
        if row.difference.contains(.path) {
            let parts = [(left, ThemeRole.removed), (right, ThemeRole.added)].map { step, role in
                StyledLine.Span(
                    "\(step.node.firstLine) \(step.name.firstLine) \(step.target.firstLine)",
                    look[role]
                )
            }
            lines.append(
                StyledLine([field("path", look), parts[0], .init(" \(look.arrow) ", look[.dim]), parts[1]])
            )
        }
        if row.difference.contains(.outcome) {
            lines.append(change("outcome", left.outcome, right.outcome, look))
        }
        if left.tokens != right.tokens || left.microdollars != right.microdollars {
            func cost(_ step: CompareStep) -> String {
                "\(Amounts.short(step.tokens)) tokens, \(Amounts.money(step.microdollars))"
            }
            lines.append(change("cost", cost(left), cost(right), look))
        }
        if row.difference.contains(.time) {
            lines.append(
                change("time", Amounts.span(left.microseconds), Amounts.span(right.microseconds), look)
            )
        }
        if left.arguments != right.arguments {
            // Nothing given is an empty text; one that hasn't arrived is none.
            func text(_ step: CompareStep) -> String? {
                guard let id = step.arguments else { return "" }
                return state.words[id]?.text
            }
            if let first = text(left), let second = text(right) {
                lines += wrapped(WordDiff.parts(first, second), "arguments", columns, look)
            } else {
                lines.append(StyledLine([field("arguments", look), .init("loading", look[.dim])]))
            }
        }
        if lines.isEmpty { lines.append(StyledLine("the same in every respect", look[.dim])) }
        return lines
    }

    private static func field(_ name: String, _ look: Look) -> StyledLine.Span {
        .init(name + String(repeating: " ", count: max(1, 11 - name.count)), look[.dim])
    }

    private static func change(_ name: String, _ left: String, _ right: String, _ look: Look) -> StyledLine {
        StyledLine([
            field(name, look), .init(left.isEmpty ? "none" : left.firstLine, look[.removed]),
            .init(" \(look.arrow) ", look[.dim]),
            .init(right.isEmpty ? "none" : right.firstLine, look[.added]),
        ])
    }

    /// A text with its differences, cut into lines. Without colours, brackets tell what is gone and what is new.
    private static func wrapped(_ parts: [WordDiff.Part], _ name: String, _ columns: Int, _ look: Look)
        -> [StyledLine]
    {
        let indent = name.isEmpty ? 0 : 11
        let room = max(10, columns - indent)
        var lines = [StyledLine([])]
        var used = 0
        for part in parts {
            let style =
                switch part.place {
                case .both: look[.text]
                case .left: look[.removed]
                case .right: look[.added]
                }
            var text = part.text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
                .joined(separator: " ")
            if part.place == .left { text = "[-\(text)-]" }
            if part.place == .right { text = "{+\(text)+}" }
            for word in WordDiff.words(String(text.prefix(4_096))) {
                let width = SafeText.columns(of: String(word))
                if used + width > room, used > 0 {
                    lines.append(StyledLine([]))
                    used = 0
                    if lines.count > 16 { return lines }
                }
                lines[lines.count - 1].append(String(word), style)
                used += width
            }
        }
        return lines.enumerated().map { index, line in
            guard indent > 0 else { return line }
            return StyledLine(
                [index == 0 ? field(name, look) : .init(String(repeating: " ", count: 11))] + line.spans
            )
        }
    }
}
