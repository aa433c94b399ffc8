import SomaTerminal

/// Makes the keys of one view: their names begin with its group, and what they mean is a message of its own.
struct ViewKeys<Message> {
    private let group: String
    private let meaning: (Message) -> KeyMeaning

    /// - Parameter group: The view's name in the key table.
    init(_ group: String, _ meaning: @escaping (Message) -> KeyMeaning) {
        self.group = group
        self.meaning = meaning
    }

    func callAsFunction(
        _ name: String,
        _ keys: String,
        _ title: String,
        _ description: String,
        _ message: Message,
        if isEnabled: Bool = true
    ) -> KeyMap.Binding {
        bind(name, keys, title, description, meaning(message), isEnabled)
    }

    /// A key that does in this view what the frame does everywhere.
    func app(
        _ name: String,
        _ keys: String,
        _ title: String,
        _ description: String,
        _ intent: AppIntent,
        if isEnabled: Bool = true
    ) -> KeyMap.Binding {
        bind(name, keys, title, description, .app(intent), isEnabled)
    }

    private func bind(
        _ name: String,
        _ keys: String,
        _ title: String,
        _ description: String,
        _ meaning: KeyMeaning,
        _ isEnabled: Bool
    ) -> KeyMap.Binding {
        KeyMap.bind("\(group).\(name)", keys, title, description, group, meaning, if: isEnabled)
    }

    /// The key that shows what is selected in full, below the list.
    func detail(_ description: String, isOpen: Bool, _ message: Message, if isEnabled: Bool) -> KeyMap.Binding
    {
        self("detail", "enter", isOpen ? "close" : "detail", description, message, if: isEnabled)
    }

    /// The keys that scroll what is shown in full.
    /// - Parameter what: What it is called, `message`.
    func scrolling(_ what: String, isOpen: Bool, _ message: (Int) -> Message) -> [KeyMap.Binding] {
        [
            self("detail-down", "J", "scroll", "The full \(what) a line down.", message(1), if: isOpen),
            self("detail-up", "K", "scroll", "The full \(what) a line up.", message(-1), if: isOpen),
        ]
    }

    /// The keys that move the selection of a list.
    /// - Parameter ends: The keys to the first and to the last line.
    func moving(
        ends: (first: String, last: String) = ("home <", "end >"),
        _ message: (ListMove) -> Message
    ) -> [KeyMap.Binding] {
        [
            self("down", "j down", "down", "The next line.", message(.rows(1))),
            self("up", "k up", "up", "The line before.", message(.rows(-1))),
            self("page-down", "pgdn ctrl+f", "page", "A page down.", message(.pages(1))),
            self("page-up", "pgup ctrl+b", "page", "A page up.", message(.pages(-1))),
            self("top", ends.first, "top", "The first line.", message(.top)),
            self("bottom", ends.last, "bottom", "The last line.", message(.bottom)),
        ]
    }
}
