/// A few fields to fill in, one below the other; a value that understands keys.
public struct Form: Sendable, Hashable {
    /// What a field holds.
    public enum Value: Sendable, Hashable {
        /// A line of text.
        case text(TextInput)
        /// One of several words; by its place.
        case choice([String], Int)
        /// Yes or no.
        case flag(Bool)
    }

    /// A field.
    public struct Field: Sendable, Hashable {
        /// What it is for; also what its value is asked by.
        public var label: String
        /// What it holds.
        public var value: Value
        /// A remark in a line below it, shown while the field has the focus.
        public var hint: String
        /// What is wrong with it; nil where nothing is.
        public var trouble: String?

        /// Makes a field.
        public init(_ label: String, _ value: Value, hint: String = "", trouble: String? = nil) {
            self.label = label
            self.value = value
            self.hint = hint
            self.trouble = trouble
        }

        /// The value as a word: the text, the choice, or `yes` and `no`.
        public var word: String {
            switch value {
            case .text(let input): input.text
            case .choice(let words, let index): words.indices.contains(index) ? words[index] : ""
            case .flag(let isOn): isOn ? "yes" : "no"
            }
        }
    }

    /// What a key did.
    public enum Outcome: Sendable, Hashable {
        /// A value or the focus changed.
        case changed
        /// Enter on the last field, or ctrl+s anywhere: the values are meant.
        case submitted
        /// Escape: they aren't.
        case cancelled
        /// The key means nothing here.
        case ignored
    }

    /// The fields from top to bottom.
    public var fields: [Field]
    /// The field that has the focus.
    public private(set) var focus: Int

    /// Makes a form with the focus on its first field.
    public init(_ fields: [Field]) {
        self.fields = fields
        focus = 0
    }

    /// The value of the field with a label, as a word.
    public subscript(_ label: String) -> String? { fields.first { $0.label == label }?.word }

    /// Puts the focus on a field; a number past the ends means the nearest.
    public mutating func focus(on index: Int) {
        focus = min(max(0, index), max(0, fields.count - 1))
    }

    /// Handles a key: tab, shift+tab, up and down move; left, right and space choose; the rest is typed.
    public mutating func handle(_ key: Key) -> Outcome {
        guard fields.indices.contains(focus) else { return key.code == .escape ? .cancelled : .ignored }
        switch (key.code, key.modifiers) {
        case (.escape, _): return .cancelled
        case (.character("s"), .control): return .submitted
        case (.tab, []), (.down, []): return move(by: 1)
        case (.tab, .shift), (.up, []): return move(by: -1)
        case (.enter, _):
            if focus + 1 == fields.count { return .submitted }
            return move(by: 1)
        default: break
        }
        switch fields[focus].value {
        case .text(var input):
            let outcome = input.handle(key)
            guard outcome != .ignored else { return .ignored }
            fields[focus].value = .text(input)
            fields[focus].trouble = nil
            return .changed
        case .choice(let words, let index):
            guard let step = step(key), !words.isEmpty else { return .ignored }
            fields[focus].value = .choice(words, (index + step + words.count) % words.count)
            fields[focus].trouble = nil
            return .changed
        case .flag(let isOn):
            guard step(key) != nil else { return .ignored }
            fields[focus].value = .flag(!isOn)
            return .changed
        }
    }

    /// The rows that it takes: one a field, and one for the hint or trouble of the focused one.
    public var rows: Int { fields.count + 1 }

    /// Draws the fields, scrolled so that the one with the focus is in sight, and what is to be said of it below.
    public func draw(on canvas: inout Canvas, in rect: Rect, theme: Theme, glyphs: GlyphSet = .unicode) {
        guard !rect.isEmpty, !fields.isEmpty else { return }
        let visible = max(1, rect.rows - 1)
        let first = min(max(0, focus - visible + 1), max(0, fields.count - visible))
        let label = min(fields.map { SafeText.columns(of: $0.label) }.max() ?? 0, rect.columns / 2)
        canvas.clipped(to: rect) { canvas in
            for line in 0..<min(visible, rect.rows, fields.count - first) {
                draw(first + line, on: &canvas, in: rect.line(line), label, theme, glyphs)
            }
            guard rect.rows > 1, fields.indices.contains(focus) else { return }
            let field = fields[focus]
            canvas.draw(
                field.trouble ?? field.hint,
                column: rect.column + label + 3,
                row: rect.endRow - 1,
                style: theme[field.trouble == nil ? .dim : .bad],
                maxColumns: rect.columns - label - 3,
                ellipsis: glyphs.ellipsis
            )
        }
    }

    private func draw(
        _ index: Int,
        on canvas: inout Canvas,
        in line: Rect,
        _ label: Int,
        _ theme: Theme,
        _ glyphs: GlyphSet
    ) {
        let field = fields[index]
        let hasFocus = index == focus
        let sign = field.trouble != nil ? "!" : hasFocus ? String(glyphs.pick("›", ">")) : " "
        canvas.draw(
            sign,
            column: line.column,
            row: line.row,
            style: theme[field.trouble == nil ? .accent : .bad]
        )
        let place = line.column + 1
        canvas.draw(
            field.label,
            column: place + label - min(label, SafeText.columns(of: field.label)),
            row: line.row,
            style: theme[hasFocus ? .title : .dim],
            maxColumns: label,
            ellipsis: glyphs.ellipsis
        )
        let rest = line.part(column: label + 3)
        guard !rest.isEmpty else { return }
        switch field.value {
        case .text(let input) where hasFocus: input.draw(on: &canvas, in: rest, theme: theme)
        case .choice where hasFocus:
            let arrows = (glyphs.pick("◀", "<"), glyphs.pick("▶", ">"))
            let word = StyledLine([
                .init("\(arrows.0) ", theme[.accent]), .init(field.word),
                .init(" \(arrows.1)", theme[.accent]),
            ])
            canvas.draw(
                word,
                column: rest.column,
                row: rest.row,
                maxColumns: rest.columns,
                ellipsis: glyphs.ellipsis
            )
        default:
            canvas.draw(
                field.word,
                column: rest.column,
                row: rest.row,
                maxColumns: rest.columns,
                ellipsis: glyphs.ellipsis
            )
        }
    }

    private mutating func move(by step: Int) -> Outcome {
        focus = (focus + step + fields.count) % fields.count
        return .changed
    }

    private func step(_ key: Key) -> Int? {
        switch (key.code, key.modifiers) {
        case (.left, []): -1
        case (.right, []), (.character(" "), []): 1
        default: nil
        }
    }
}
