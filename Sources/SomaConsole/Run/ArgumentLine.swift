import SomaCore

/// Arguments on one line, as a person would say them.
enum ArgumentLine {
    /// One member's text alone, anything else as `name=value`; what is no JSON object stays as it is.
    static func text(_ arguments: String) -> String {
        guard arguments.utf8.count <= 65_536, let json = try? JSON.parse(arguments) else {
            return arguments.firstLine
        }
        guard let object = json.object else { return value(json) }
        if object.count == 1, let only = object.members.first, only.value.string != nil {
            return value(only.value)
        }
        return object.members.map { "\($0.key.firstLine)=\(value($0.value))" }.joined(separator: " ")
            .firstLine
    }

    /// A value in a few words.
    static func value(_ json: JSON) -> String {
        guard let text = json.string else { return json.text().firstLine }
        let lines = text.split(whereSeparator: \.isNewline).count
        return lines > 1 ? "\(text.firstLine) (\(lines) lines)" : text.firstLine
    }
}
