/// A line that is being edited, with history; a value that understands keys.
public struct TextInput: Sendable, Hashable {
    /// What a key did.
    public enum Outcome: Sendable, Hashable {
        /// Text or cursor changed.
        case changed
        /// Enter: the text is meant.
        case submitted(String)
        /// Escape: the text isn't meant.
        case cancelled
        /// Tab: the owner may complete the word before the cursor.
        case completionRequested
        /// The key means nothing here.
        case ignored
    }

    /// The text as characters.
    public private(set) var characters: [Character]
    /// The cursor, from 0 to the number of characters.
    public private(set) var cursor: Int
    /// Earlier texts, oldest first.
    public var history: [String]
    private var historyPosition: Int?
    private var draft: [Character] = []

    /// Most characters; further ones are refused.
    public static let charactersMax = 4_096
    /// Most earlier texts; the oldest make way.
    public static let historyMax = 500

    /// Makes a line with the cursor at its end.
    public init(_ text: String = "", history: [String] = []) {
        characters = Array(text.prefix(TextInput.charactersMax))
        cursor = characters.count
        self.history = history
    }

    /// The text.
    public var text: String {
        get { String(characters) }
        set {
            characters = Array(newValue.prefix(TextInput.charactersMax))
            cursor = characters.count
        }
    }

    /// The word before the cursor, back to a space.
    public var word: String {
        String(characters[..<cursor].reversed().prefix { $0 != " " }.reversed())
    }

    /// Replaces the word before the cursor.
    public mutating func complete(with replacement: String) {
        let start = cursor - word.count
        characters.replaceSubrange(start..<cursor, with: replacement)
        cursor = start + replacement.count
    }

    /// Inserts a text at the cursor; line breaks become spaces.
    public mutating func insert(_ text: String) {
        let room = TextInput.charactersMax - characters.count
        let added = text.map { $0.isNewline ? " " : $0 }.prefix(max(0, room))
        characters.insert(contentsOf: added, at: cursor)
        cursor += added.count
    }

    /// Handles a key as shells do: arrows, home, end, ctrl+a/e/b/f/u/k/w/d, alt+b/f, history with up and down.
    public mutating func handle(_ key: Key) -> Outcome {
        switch (key.code, key.modifiers) {
        case (.enter, _):
            let text = text
            remember(text)
            return .submitted(text)
        case (.escape, _): return .cancelled
        case (.tab, []): return .completionRequested
        case (.left, []), (.character("b"), .control): return move(to: cursor - 1)
        case (.right, []), (.character("f"), .control): return move(to: cursor + 1)
        case (.left, .control), (.left, .alt), (.character("b"), .alt): return move(to: wordStart)
        case (.right, .control), (.right, .alt), (.character("f"), .alt): return move(to: wordEnd)
        case (.home, _), (.character("a"), .control): return move(to: 0)
        case (.end, _), (.character("e"), .control): return move(to: characters.count)
        case (.backspace, []), (.character("h"), .control): return remove(max(0, cursor - 1)..<cursor)
        case (.delete, _), (.character("d"), .control): return remove(cursor..<cursor + 1)
        case (.character("u"), .control): return remove(0..<cursor)
        case (.character("k"), .control): return remove(cursor..<characters.count)
        case (.character("w"), .control), (.backspace, .alt): return remove(wordStart..<cursor)
        case (.up, []), (.character("p"), .control): return recall(-1)
        case (.down, []), (.character("n"), .control): return recall(1)
        case (.character(let character), []):
            insert(String(character))
            return .changed
        default: return .ignored
        }
    }

    /// Draws a prompt and the text, scrolled so that the cursor is in sight, and shows the terminal's cursor there.
    public func draw(
        on canvas: inout Canvas,
        in rect: Rect,
        prompt: String = "",
        completion: String = "",
        theme: Theme
    ) {
        canvas.clipped(to: rect.line(0)) { canvas in
            canvas.fill(rect.line(0), style: theme[.input])
            let start =
                rect.column + canvas.draw(prompt, column: rect.column, row: rect.row, style: theme[.accent])
            let room = max(1, rect.endColumn - start - 1)
            var first = 0
            var before = SafeText.columns(of: String(characters[..<cursor]))
            while before > room, first < cursor {
                before -= SafeText.columns(of: String(characters[first]))
                first += 1
            }
            canvas.clipped(to: Rect(column: start, row: rect.row, columns: rect.endColumn - start, rows: 1)) {
                canvas in
                let used = canvas.draw(
                    String(characters[first...]),
                    column: start,
                    row: rect.row,
                    style: theme[.input]
                )
                canvas.draw(completion, column: start + used, row: rect.row, style: theme[.completion])
                let place = Point(column: start + before, row: rect.row)
                if canvas.clip.contains(place) { canvas.cursor = place }
            }
        }
    }

    private var wordStart: Int {
        var index = cursor
        while index > 0, characters[index - 1] == " " { index -= 1 }
        while index > 0, characters[index - 1] != " " { index -= 1 }
        return index
    }

    private var wordEnd: Int {
        var index = cursor
        while index < characters.count, characters[index] == " " { index += 1 }
        while index < characters.count, characters[index] != " " { index += 1 }
        return index
    }

    private mutating func move(to place: Int) -> Outcome {
        cursor = min(max(0, place), characters.count)
        return .changed
    }

    private mutating func remove(_ range: Range<Int>) -> Outcome {
        let inside = range.clamped(to: 0..<characters.count)
        characters.removeSubrange(inside)
        if cursor > inside.lowerBound { cursor = max(inside.lowerBound, cursor - inside.count) }
        return .changed
    }

    private mutating func remember(_ text: String) {
        historyPosition = nil
        guard !text.isEmpty, history.last != text else { return }
        history.append(text)
        if history.count > TextInput.historyMax { history.removeFirst(history.count - TextInput.historyMax) }
    }

    private mutating func recall(_ step: Int) -> Outcome {
        guard !history.isEmpty else { return .ignored }
        if historyPosition == nil {
            guard step < 0 else { return .ignored }
            draft = characters
        }
        let position = (historyPosition ?? history.count) + step
        guard position >= 0 else { return .ignored }
        if position >= history.count {
            historyPosition = nil
            characters = draft
        } else {
            historyPosition = position
            characters = Array(history[position])
        }
        cursor = characters.count
        return .changed
    }
}
