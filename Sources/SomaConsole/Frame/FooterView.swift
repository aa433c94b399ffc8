import SomaCore
import SomaTerminal

/// The last line: what is being typed, what the last action did, or what is shown and which keys there are.
enum FooterView {
    static func draw(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        let inner = rect.part(column: 1, columns: rect.columns - 2)
        if let prompt = state.prompt {
            let completion = prompt.purpose == .command ? completion(state, prompt.input) : ""
            let counts = beside(state, prompt, look)
            // What is typed comes first; what is said about it gets what is left.
            let told = min(counts.columns, inner.columns - min(prompt.input.characters.count + 8, 60) - 2)
            let fits = told == counts.columns || told >= 16
            let hasCounts = counts.columns > 0 && fits && inner.columns >= 40
            let room = hasCounts ? inner.columns - told - 2 : inner.columns
            if room < inner.columns { look.draw(counts, on: &canvas, in: inner.part(column: room + 2)) }
            return prompt.input.draw(
                on: &canvas,
                in: inner.part(columns: room),
                prompt: prompt.label,
                completion: completion,
                theme: look.theme
            )
        }
        let keys = hints(state, columns: inner.columns * 2 / 3, look)
        let left = left(state, look)
        var room = inner.columns - keys.columns - 2
        // What happened matters more than the keys.
        if left.columns > room { room = inner.columns }
        look.draw(left, on: &canvas, in: inner.part(columns: max(0, room)))
        guard room < inner.columns else { return }
        look.draw(keys, on: &canvas, in: inner.part(column: inner.columns - keys.columns))
    }

    /// How many runs match while a filter is typed; what a command is for, or how it could go on.
    private static func beside(_ state: AppState, _ prompt: Prompt, _ look: Look) -> StyledLine {
        if prompt.purpose == .command {
            return StyledLine(state.hint(for: prompt.input).firstLine, look[.dim])
        }
        guard case .filter = prompt.purpose else { return StyledLine([]) }
        if let trouble = state.view.feature.filterTrouble(state) {
            return StyledLine(trouble.message.firstLine, look[.bad])
        }
        guard let (shown, total) = state.view.feature.counts(state) else { return StyledLine([]) }
        return StyledLine("\(Amounts.grouped(shown)) of \(Amounts.grouped(total))", look[.dim])
    }

    private static func left(_ state: AppState, _ look: Look) -> StyledLine {
        if let export = state.export {
            let count = "\(Amounts.grouped(export.written)) of \(Amounts.grouped(export.total))"
            return StyledLine([
                .init("writing \(count) to \(export.path.firstLine)", look[.info]),
                .init("   esc", look[.key]),
                .init(" stops", look[.dim]),
            ])
        }
        // What the last key did is told before what has been so for a while.
        if let notice = state.notice {
            let role: ThemeRole =
                switch notice.kind {
                case .good: .good
                case .bad: .bad
                case .info: .info
                }
            return StyledLine(notice.text.firstLine, look[role])
        }
        if let trouble = trouble(state, look) { return trouble }
        let feature = state.view.feature
        guard state.hasFleet, let (shown, total) = feature.counts(state) else { return StyledLine([]) }
        let filter = feature.filter.map { state[keyPath: $0] } ?? ""
        let marked = feature.marked(state)
        var line = StyledLine([])
        if marked > 0 {
            line.append("\(Amounts.grouped(marked)) marked", look[.marked])
            line.append(look.dot, look[.border])
        }
        guard !filter.isEmpty else {
            line.append("\(Amounts.grouped(total)) \(feature.noun(total))", look[.dim])
            return line
        }
        line.append("/" + filter, look[.accent])
        if let trouble = feature.filterTrouble(state) {
            line.append("  " + trouble.message.firstLine, look[.bad])
            return line
        }
        line.append("  \(Amounts.grouped(shown)) of \(Amounts.grouped(total))", look[.dim])
        return line
    }

    /// A lost connection, and from when the facts on the screen are.
    private static func trouble(_ state: AppState, _ look: Look) -> StyledLine? {
        guard state.hasFleet else { return nil }
        let age = state.heardAt.map { "as of \(state.clock.time($0))" } ?? ""
        var parts: [(text: String, role: ThemeRole)]
        switch state.connection {
        case .reconnecting(let retryAt, let reason):
            let seconds = max(0, (retryAt - state.now + .milliseconds(999)).components.seconds)
            parts = [(age, .warning), ("next try in \(seconds) s", .warning), (reason.firstLine, .dim)]
        case .failed(let reason): parts = [(reason.firstLine, .bad), (age, .warning)]
        default: return nil
        }
        parts.removeAll { $0.text.isEmpty }
        var line = StyledLine([])
        for part in parts {
            line.append((line.spans.isEmpty ? "" : look.dot) + part.text, look[part.role])
        }
        return line
    }

    private static func hints(_ state: AppState, columns: Int, _ look: Look) -> StyledLine {
        let table = KeyMap.table(for: state)
        if state.helpTop != nil {
            let scrolls = HelpView.topMax(state) > 0
            return StyledLine([
                .init(scrolls ? "j k" : "", look[.key]), .init(scrolls ? " scroll   " : "", look[.dim]),
                .init(scrolls ? "any other key" : "any key", look[.key]), .init(" closes", look[.dim]),
            ])
        }
        // Where nothing was ever shown, there is nothing that the view's keys could do; without a daemon nobody is
        // steered.
        let isLost = state.connection.isLost
        let names =
            isLost && !state.hasFleet
            ? ["app.help", "app.command", "app.quit"]
            : state.view.feature.hints.filter { !isLost || !$0.hasPrefix("steer.") }
        let bindings = names.compactMap { name in table.bindings.first { $0.name == name } }
        var line = StyledLine([])
        for binding in bindings where binding.isEnabled {
            guard let key = binding.keys.first(where: { table.message(for: $0) == binding.message }) else {
                continue
            }
            let name = shown(key, look)
            let gap = line.spans.isEmpty ? "" : "   "
            guard line.columns + (gap + name + " " + binding.title).count <= columns else { break }
            line.append(gap)
            line.append(name, look[.key])
            line.append(" " + binding.title, look[.dim])
        }
        return line
    }

    /// Arrow keys as arrows.
    private static func shown(_ key: Key, _ look: Look) -> String {
        guard key.modifiers == [], look.glyphs == .unicode else { return key.description }
        return switch key.code {
        case .left, .right: "←/→"
        case .up: "↑"
        case .down: "↓"
        default: key.description
        }
    }

    private static func completion(_ state: AppState, _ input: TextInput) -> String {
        guard !input.word.isEmpty, input.cursor == input.characters.count,
            let word = state.completion(of: input)
        else { return "" }
        return String(word.dropFirst(input.word.count))
    }
}
