/// One line of a key table: which keys mean what, and how help describes it.
public struct KeyBinding<Message: Sendable>: Sendable {
    /// A stable name that configuration uses to remap the binding.
    public var name: String
    /// The keys; each means the same.
    public var keys: [Key]
    /// A word or two for the footer.
    public var title: String
    /// A sentence for help.
    public var description: String
    /// The heading it stands under in help.
    public var group: String
    /// Whether it has effect now; help shows it all the same.
    public var isEnabled: Bool
    /// What is sent when a key is pressed.
    public var message: Message

    /// Makes a binding.
    public init(
        _ name: String,
        keys: [Key],
        title: String,
        description: String,
        group: String,
        isEnabled: Bool = true,
        message: Message
    ) {
        self.name = name
        self.keys = keys
        self.title = title
        self.description = description
        self.group = group
        self.isEnabled = isEnabled
        self.message = message
    }
}
