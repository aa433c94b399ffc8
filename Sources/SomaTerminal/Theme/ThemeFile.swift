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
    /// - Throws: `TerminalError` of kind `theme` with file, line, column and, for a wrong name, the nearest right one.
    public static func read(_ yaml: String, file: String) throws(TerminalError) -> Theme {
        let reader = ThemeReader(file: SafeText.line(file))
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

/// Walks the nodes of one file.
private struct ThemeReader {
    let file: String

    private static let keys = [
        "name", "summary", "foreground", "background", "paint-background", "palette", "roles",
    ]

    func theme(_ root: Node) throws(TerminalError) -> Theme {
        var values: [String: Node] = [:]
        for (key, value) in try entries(root, "The theme") {
            let name = key.string ?? ""
            guard ThemeReader.keys.contains(name) else {
                throw unknown(name, key, "setting", ThemeReader.keys)
            }
            values[name] = value
        }
        guard let nameNode = values["name"], let name = nameNode.string, !name.isEmpty else {
            throw failure("A theme needs a name.", at: values["name"] ?? root)
        }
        var palette: [String: Color] = [:]
        if let node = values["palette"] {
            for (key, value) in try entries(node, "The palette") {
                palette[key.string ?? ""] = try color(value.string ?? "", value, palette: [:])
            }
        }
        var roles: [ThemeRole: Style] = [:]
        if let node = values["roles"] {
            for (key, value) in try entries(node, "The list of roles") {
                let roleName = key.string ?? ""
                guard let role = ThemeRole(rawValue: roleName) else {
                    throw unknown(roleName, key, "role", ThemeRole.allCases.map(\.rawValue))
                }
                roles[role] = try style(value, palette: palette)
            }
        }
        return Theme(
            name: SafeText.line(name),
            summary: SafeText.line(values["summary"]?.string ?? ""),
            foreground: try base(values["foreground"], palette, .rgb(0xDD, 0xDD, 0xDD)),
            background: try base(values["background"], palette, .rgb(0, 0, 0)),
            paintsBackground: try flag(values["paint-background"]),
            roles: roles
        )
    }

    private func entries(_ node: Node, _ what: String) throws(TerminalError) -> [(key: Node, value: Node)] {
        guard let mapping = node.mapping else {
            throw failure("\(what) must be a list of `name: value`.", at: node)
        }
        return mapping.map { ($0.key, $0.value) }
    }

    private func base(_ node: Node?, _ palette: [String: Color], _ otherwise: Color) throws(TerminalError)
        -> Color
    {
        guard let node else { return otherwise }
        return try color(node.string ?? "", node, palette: palette)
    }

    private func flag(_ node: Node?) throws(TerminalError) -> Bool {
        guard let node else { return false }
        guard let value = node.bool else {
            throw failure("paint-background must be true or false.", at: node)
        }
        return value
    }

    /// Reads `colour on colour attribute …`.
    private func style(_ node: Node, palette: [String: Color]) throws(TerminalError) -> Style {
        guard let text = node.string else {
            throw failure("A style is text such as \"red on default bold\".", at: node)
        }
        var result = Style.plain
        var expectsBackground = false
        var hasForeground = false
        for part in text.split(separator: " ") {
            let word = String(part)
            if word == "plain" { continue }
            if word == "on" {
                expectsBackground = true
            } else if expectsBackground {
                result.background = try color(word, node, palette: palette)
                expectsBackground = false
            } else if let attribute = Attributes.named.first(where: { $0.name == word }) {
                result.attributes.insert(attribute.value)
            } else if hasForeground {
                throw unknown(word, node, "attribute", Attributes.named.map(\.name))
            } else {
                result.foreground = try color(word, node, palette: palette)
                hasForeground = true
            }
        }
        guard !expectsBackground else { throw failure("A colour must follow \"on\".", at: node) }
        return result
    }

    private func color(_ text: String, _ node: Node, palette: [String: Color]) throws(TerminalError) -> Color
    {
        if let found = palette[text] ?? Color(text) { return found }
        if text.hasPrefix("#") {
            throw failure("\"\(SafeText.line(text))\" is not a colour of the form #rrggbb.", at: node)
        }
        throw unknown(
            text,
            node,
            "colour",
            palette.keys.sorted() + Color.names + Attributes.named.map(\.name) + ["default"]
        )
    }

    private func unknown(_ name: String, _ node: Node, _ what: String, _ valid: [String]) -> TerminalError {
        let near = NearestName.find(name, in: valid)
        let hint = near.map { "Did you mean \"\($0)\"?" } ?? "Valid are: \(valid.joined(separator: ", "))."
        return TerminalError(
            .theme,
            place(node) + "There is no \(what) \"\(SafeText.line(name))\".",
            hint: hint
        )
    }

    private func failure(_ message: String, at node: Node) -> TerminalError {
        TerminalError(.theme, place(node) + message)
    }

    private func place(_ node: Node) -> String {
        guard let mark = node.mark else { return "\(file): " }
        return "\(file):\(mark.line):\(mark.column): "
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
