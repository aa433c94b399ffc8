import SomaCore
import SomaTerminal

/// The steps of a plan with their criteria.
enum PlanSteps {
    /// From how many columns on criteria have a column of their own.
    static let criterionColumns = 56

    /// Draws the steps, the active one in sight; returns the rows that it took.
    static func draw(_ run: RunState, _ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look)
        -> Int
    {
        guard !rect.isEmpty else { return 0 }
        let steps = run.plan.steps
        let hasCriteria = rect.columns >= criterionColumns
        let words = run.plan.words.flatMap { state.words[$0] }
        let texts = words?.text.map { PlanWords.steps($0) } ?? []
        let split = hasCriteria ? Self.split(of: rect.columns, Self.widths(steps, texts)) : rect.columns
        var heading = StyledLine("STEPS", look[.heading])
        if !steps.isEmpty { heading.append("  \(run.plan.finished)/\(steps.count)", look[.dim]) }
        if run.plan.revision > 1 { heading.append("  revision \(run.plan.revision)", look[.dim]) }
        look.draw(heading, on: &canvas, in: rect.part(columns: split, rows: 1))
        guard !steps.isEmpty else {
            look.draw(StyledLine("no plan yet", look[.dim]), on: &canvas, in: rect.line(1))
            return 2
        }
        if hasCriteria {
            let place = rect.part(column: split + 1, rows: 1)
            look.draw(StyledLine("CRITERION", look[.heading]), on: &canvas, in: place)
        }
        let digits = "\(steps.count)".count
        let room = rect.rows - 1
        let active = steps.firstIndex { $0.state == .active } ?? run.plan.finished
        let start = min(max(0, active - room / 2), max(0, steps.count - room))
        var line = 0
        for index in start..<steps.count where line < room {
            defer { line += 1 }
            let step = steps[index]
            let text = texts.indices.contains(index) ? texts[index] : nil
            let isAhead = step.state == .pending || step.state == .skipped
            let title = text?.title ?? (words?.placeholder ?? step.name.firstLine)
            let number = "\(index + 1)"
            let pad = String(repeating: " ", count: digits - number.count)
            var left = StyledLine([
                sign(step.state, look), .init(" \(pad)\(number) ", look[.dim]),
                .init(title, style(step.state, look)),
            ])
            if step.tries > 1 { left.append(" " + look.times(step.tries), look[.warning]) }
            look.draw(left, on: &canvas, in: rect.part(row: line + 1, columns: split, rows: 1))
            guard let criterion = text?.criterion, !criterion.isEmpty else { continue }
            if hasCriteria {
                let place = rect.part(column: split + 1, row: line + 1, rows: 1)
                look.draw(StyledLine(criterion, isAhead ? look[.dim] : .plain), on: &canvas, in: place)
            } else if step.state == .active, line + 1 < room {
                // Without a column of their own only the criterion that matters now is said.
                line += 1
                let indent = String(repeating: " ", count: digits + 3)
                let words = StyledLine("\(indent)until \(criterion)", look[.dim])
                look.draw(words, on: &canvas, in: rect.line(line + 1))
            }
        }
        return 1 + line
    }

    // MARK: Room

    /// The widest step with its sign and number, and the widest criterion, in columns.
    struct Widths: Equatable {
        var step = 0
        var criterion = 0
    }

    /// The most steps that are measured.
    private static let measuredMax = 200
    /// What the heading above the steps takes at least, and the one above the criteria.
    private static let headingColumns = 24
    private static let criterionHeadingColumns = 9

    /// How many columns all of a run's steps and criteria would take side by side.
    static func columnsWanted(_ run: RunState, _ state: AppState) -> Int {
        let text = run.plan.words.flatMap { state.words[$0]?.text }
        let widths = Self.widths(run.plan.steps, text.map { PlanWords.steps($0) } ?? [])
        return widths.step + 1 + widths.criterion
    }

    private static func widths(_ steps: [Plan.Step], _ texts: [PlanWords.Step]) -> Widths {
        var widths = Widths()
        let before = "\(steps.count)".count + 3
        for (index, step) in steps.enumerated().prefix(measuredMax) {
            let text = texts.indices.contains(index) ? texts[index] : nil
            let tries = step.tries > 1 ? "\(step.tries)".count + 2 : 0
            let title = SafeText.columns(of: text?.title ?? step.name.firstLine)
            widths.step = max(widths.step, before + title + tries)
            widths.criterion = max(widths.criterion, SafeText.columns(of: text?.criterion ?? ""))
        }
        return widths
    }

    /// How many of some columns the steps have; after one blank the criteria have the rest.
    ///
    /// That is three fifths where both fit. Where one doesn't, it has what the other leaves; where neither does, three fifths
    /// again.
    static func split(of columns: Int, _ widths: Widths) -> Int {
        let (steps, rest) = (widths.step, columns - 1 - widths.criterion)
        let wanted = min(max(columns * 3 / 5, min(steps, rest)), max(steps, rest))
        return max(headingColumns, min(wanted, columns - 1 - criterionHeadingColumns))
    }

    private static func style(_ step: Plan.StepState, _ look: Look) -> Style {
        switch step {
        case .pending, .skipped: look[.dim]
        case .active: Style.plain.adding(.bold)
        case .failed: look[.bad]
        case .done: .plain
        }
    }

    private static func sign(_ step: Plan.StepState, _ look: Look) -> StyledLine.Span {
        switch step {
        case .pending: .init(String(look.glyphs.pick("·", "_")), look[.dim])
        case .active: look.sign(.running)
        case .done: look.sign(.done)
        case .failed: look.sign(.failed)
        case .skipped: look.sign(.cancelled)
        }
    }
}
