/// A place in a text; both count from 1, the column in characters (Unicode scalars).
public struct YAMLMark: Sendable, Hashable {
    /// The line, from 1.
    public let line: Int
    /// The column, from 1.
    public let column: Int

    /// Names a place.
    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }
}

/// One value of a YAML document, with the place where it begins.
public struct YAMLNode: Sendable, Hashable {
    /// What a node holds.
    public enum Content: Sendable, Hashable {
        /// A single value; `isPlain` is false where it was quoted or a block, and so is text in any case.
        case scalar(text: String, isPlain: Bool)
        /// A list.
        case sequence([YAMLNode])
        /// Keys and values in the order written; no two keys are equal.
        case mapping([YAMLEntry])
    }

    /// What the node holds.
    public let content: Content
    /// The explicit tag, `tag:yaml.org,2002:str` for instance; nil without one, and always nil with strict rules.
    public let tag: String?
    /// Where the node begins.
    public let mark: YAMLMark

    /// Makes a node.
    public init(content: Content, tag: String? = nil, mark: YAMLMark) {
        self.content = content
        self.tag = tag
        self.mark = mark
    }

    /// What a person calls the node in a message: `the list`, `the number 5`, `"text"`.
    var phrase: String {
        switch content {
        case .sequence: "a list"
        case .mapping: "a mapping"
        case .scalar(let text, _):
            switch scalar {
            case .null: text.isEmpty ? "nothing" : "null"
            case .boolean(let value): "the boolean \(value)"
            case .integer, .float: "the number \(Quoted.visible(String(text.prefix(40))))"
            case .text, nil: Quoted.text(text)
            }
        }
    }
}

/// A key of a mapping and its value.
public struct YAMLEntry: Sendable, Hashable {
    /// The key; a scalar unless the reader follows the whole of YAML.
    public let key: YAMLNode
    /// The value.
    public let value: YAMLNode

    /// Pairs a key with a value.
    public init(key: YAMLNode, value: YAMLNode) {
        self.key = key
        self.value = value
    }
}
