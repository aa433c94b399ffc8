private import Yams

/// Reads themes from YAML.
///
/// ```yaml
/// name: dusk
/// summary: A sentence.
/// foreground: "#dddddd"
/// background: "#101010"
/// paint-background: true
/// palette:
///   rose: "#e8a0b0"
/// roles:
///   accent: rose bold
///   selection: "#ffffff on #334455"
/// ```
///
/// A role's style is a colour, optionally `on` another one, and attributes. Colours are names of the palette,
/// `#rrggbb`, `default`, or the terminal's own names such as `bright-red`.
public enum ThemeFile {
    /// Largest file in bytes.
    public static let bytesMax = 262_144

    /// Reads a theme.
    /// - Parameters:
    ///   - yaml: The file's text.
    ///   - file: Its name, for messages.
    /// - Throws: `TerminalError` of kind `theme` with a line for each mistake: file, line, column and, for a wrong name,
    ///   the nearest right one.
    public static func read(_ yaml: String, file: String) throws(TerminalError) -> Theme {
        var reader = ThemeReader(file: SafeText.line(file))
        guard yaml.utf8.count <= bytesMax else {
            throw TerminalError(.theme, "\(reader.file) is larger than \(bytesMax) bytes.")
        }
        let root: Node
        do {
            guard let node = try Yams.compose(yaml: yaml) else {
                throw TerminalError(
                    .theme,
                    "\(reader.file) is empty.",
                    hint: "A theme needs a name and roles."
                )
            }
            root = node
        } catch let error as TerminalError {
            throw error
        } catch let error as YamlError {
            throw reader.failure(of: error)
        } catch {
            throw TerminalError(.theme, "\(reader.file) is not YAML.")
        }
        return try reader.theme(root)
    }
}

/// Walks the nodes of one file and notes everything that is wrong.
private struct ThemeReader {
    let file: String
    private var problems: [(line: Int, column: Int, text: String)] = []

    init(file: String) { self.file = file }

    private static let keys = [
        "name", "summary", "foreground", "background", "paint-background", "palette", "roles",
    ]

    mutating func theme(_ root: Node) throws(TerminalError) -> Theme {
        var values: [String: Node] = [:]
        for (key, value) in entries(root, "The theme") {
            let name = key.string ?? ""
            if ThemeReader.keys.contains(name) {
                values[name] = value
            } else {
                noteUnknown(name, key, "setting", ThemeReader.keys)
            }
        }
        let name = values["name"]?.string ?? ""
        if name.isEmpty, root.mapping != nil { note("A theme needs a name.", at: values["name"] ?? root) }
        var palette: [String: Color] = [:]
        if let node = values["palette"] {
            for (key, value) in entries(node, "The palette") {
                palette[key.string ?? ""] = color(value, palette: [:])
            }
        }
        var roles: [ThemeRole: Style] = [:]
        if let node = values["roles"] {
            for (key, value) in entries(node, "The list of roles") {
                let roleName = key.string ?? ""
                if let role = ThemeRole(rawValue: roleName) {
                    roles[role] = style(value, palette: palette)
                } else {
                    noteUnknown(roleName, key, "role", ThemeRole.allCases.map(\.rawValue))
                }
            }
        }
        let theme = Theme(
            name: SafeText.line(name),
            summary: SafeText.line(values["summary"]?.string ?? ""),
            foreground: values["foreground"].map { color($0, palette: palette) } ?? .rgb(0xDD, 0xDD, 0xDD),
            background: values["background"].map { color($0, palette: palette) } ?? .rgb(0, 0, 0),
            paintsBackground: flag(values["paint-background"]),
            roles: roles
        )
        guard problems.isEmpty else {
            let sorted = problems.sorted { ($0.line, $0.column) < ($1.line, $1.column) }
            throw TerminalError(.theme, sorted.map(\.text).joined(separator: "\n"))
        }
        return theme
    }

    private mutating func entries(_ node: Node, _ what: String) -> [(key: Node, value: Node)] {
        if let mapping = node.mapping { return mapping.map { ($0.key, $0.value) } }
        note("\(what) must be a list of `name: value`.", at: node)
        return []
    }

    private mutating func flag(_ node: Node?) -> Bool {
        guard let node else { return false }
        if node.bool == nil { note("paint-background must be true or false.", at: node) }
        return node.bool ?? false
    }

    /// Reads `colour on colour attribute …`.
    private mutating func style(_ node: Node, palette: [String: Color]) -> Style {
        var result = Style.plain
        guard let text = node.string else {
            note("A style is text such as \"red on default bold\".", at: node)
            return result
        }
        var expectsBackground = false
        var hasForeground = false
        for part in text.split(separator: " ") {
            let word = String(part)
            if word == "plain" { continue }
            if word == "on" {
                expectsBackground = true
            } else if expectsBackground {
                result.background = color(word, node, palette: palette)
                expectsBackground = false
            } else if let attribute = Attributes.named.first(where: { $0.name == word }) {
                result.attributes.insert(attribute.value)
            } else if hasForeground {
                noteUnknown(word, node, "attribute", Attributes.named.map(\.name))
            } else {
                result.foreground = color(word, node, palette: palette)
                hasForeground = true
            }
        }
        if expectsBackground { note("A colour must follow \"on\".", at: node) }
        return result
    }

    private mutating func color(_ node: Node, palette: [String: Color]) -> Color {
        if let text = node.string { return color(text, node, palette: palette) }
        note("A colour is text such as red or \"#ff8800\".", at: node)
        return .default
    }

    private mutating func color(_ text: String, _ node: Node, palette: [String: Color]) -> Color {
        if let found = palette[text] ?? Color(text) { return found }
        if text.hasPrefix("#") {
            note("\"\(SafeText.line(text))\" is not a colour of the form #rrggbb.", at: node)
        } else {
            let names = palette.keys.sorted() + Color.names + Attributes.named.map(\.name) + ["default"]
            noteUnknown(text, node, "colour", names)
        }
        return .default
    }

    private mutating func noteUnknown(_ name: String, _ node: Node, _ what: String, _ valid: [String]) {
        let near = NearestName.find(name, in: valid)
        let hint = near.map { "Did you mean \"\($0)\"?" } ?? "Valid are: \(valid.joined(separator: ", "))."
        note("There is no \(what) \"\(SafeText.line(name))\". \(hint)", at: node)
    }

    private mutating func note(_ message: String, at node: Node) {
        let place = node.mark.map { "\(file):\($0.line):\($0.column): " } ?? "\(file): "
        problems.append((node.mark?.line ?? 0, node.mark?.column ?? 0, place + SafeText.line(message)))
    }

    func failure(of error: YamlError) -> TerminalError {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            TerminalError(.theme, "\(file):\(mark.line):\(mark.column): \(SafeText.line(problem)).")
        case .duplicatedKeysInMapping(let names, let context):
            TerminalError(
                .theme,
                "\(file):\(context.mark.line):\(context.mark.column): "
                    + "\(SafeText.line(names.first ?? "A key")) appears twice."
            )
        default: TerminalError(.theme, "\(file) is not valid YAML.")
        }
    }
}
