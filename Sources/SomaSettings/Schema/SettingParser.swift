/// Checks one value against its row.
struct SettingParser {
    /// What is wrong with a value.
    struct Problem: Error {
        let message: String
        var suggestion: String?
    }

    let definition: SettingDefinition
    /// Where relative paths start.
    let folder: String
    let home: String?

    /// Reads text from a flag, the environment, or a YAML scalar that means text.
    func parse(_ text: String) throws(Problem) -> SettingValue {
        switch definition.kind {
        case .secret:
            do { return .secret(try SecretReference(text, relativeTo: folder, home: home)) } catch {
                throw Problem(message: error.summary)
            }
        case .endpoints, .brokers:
            return try endpoints(
                text.split(separator: ",", omittingEmptySubsequences: false).map { trimmed($0) }
            )
        default:
            guard let value = simpleValue(text) else { throw mismatch(found: shown(text), text: text) }
            return value
        }
    }

    /// Reads a YAML value, whose type must fit.
    func parse(_ node: YAMLNode) throws(Problem) -> SettingValue {
        if case .sequence(let items) = node.content, definition.kind.isList {
            return try endpoints(items.map { $0.text ?? "" })
        }
        guard let text = node.text else { throw mismatch(found: node.phrase, text: nil) }
        let isRightType =
            switch (definition.kind, node.scalar) {
            case (.boolean, .boolean), (.integer, .integer), (.duration, _): true
            case (.byteSize, .integer), (.byteSize, .text): true
            case (.money, .integer), (.money, .float), (.money, .text): true
            case (.share, .integer), (.share, .float): true
            case (.boolean, _), (.integer, _), (.byteSize, _), (.share, _): false
            case (_, .text): true
            default: false
            }
        guard isRightType else { throw mismatch(found: phrase(node, text: text), text: text) }
        return try parse(text)
    }

    private func phrase(_ node: YAMLNode, text: String) -> String {
        if case .text = node.scalar { return shown(text) }
        return node.phrase
    }

    private func simpleValue(_ text: String) -> SettingValue? {
        switch definition.kind {
        case .text, .path: return line(text)
        case .boolean: return ["true": true, "false": false][text].map(SettingValue.boolean)
        case .integer(let range):
            return Int(text).flatMap { range.contains($0) ? .integer($0) : nil }
        case .duration(let range):
            return DurationText.parse(text).flatMap { range.contains($0) ? .duration($0) : nil }
        case .byteSize(let range):
            return ByteSize(text).flatMap { range.contains($0) ? .byteSize($0) : nil }
        case .money: return Money(text).map(SettingValue.money)
        case .share: return share(text)
        case .choice(let words): return words.contains(text) ? .text(text) : nil
        case .address: return AddressText.isWeb(text) ? .text(text) : nil
        case .store: return store(text)
        case .redis: return redis(text)
        case .endpoint:
            guard let endpoint = Endpoint(text, relativeTo: folder, home: home), case .tcp = endpoint else {
                return nil
            }
            return .endpoints([endpoint])
        case .endpoints, .brokers, .secret: return nil
        }
    }

    /// Digits with at most one dot: `Double` would read more, such as `nan`, `0x1p-3` and `1e-400`.
    private func share(_ text: String) -> SettingValue? {
        let isPlain = text.utf8.allSatisfy { (48...57).contains($0) || $0 == UInt8(ascii: ".") }
        guard isPlain, text.utf8.count <= 20, let value = Double(text), (0...1).contains(value) else {
            return nil
        }
        return .share(value)
    }

    private func line(_ text: String) -> SettingValue? {
        let isLine = text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        guard !text.isEmpty, isLine else { return nil }
        guard definition.kind == .path else { return .text(text) }
        return .text(PathText.absolute(text, from: folder, home: home))
    }

    private func store(_ text: String) -> SettingValue? {
        guard case .text = line(text) else { return nil }
        if text.hasPrefix("sqlite:") {
            let path = String(text.dropFirst(7))
            return path.isEmpty ? nil : .text("sqlite:" + PathText.absolute(path, from: folder, home: home))
        }
        let isPostgres = ["postgres://", "postgresql://"].contains { text.hasPrefix($0) && text != $0 }
        return isPostgres ? .text(text) : nil
    }

    private func redis(_ text: String) -> SettingValue? {
        guard case .text = line(text) else { return nil }
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst("unix:".count))
            return path.isEmpty ? nil : .text("unix:" + PathText.absolute(path, from: folder, home: home))
        }
        let isRedis = ["redis://", "rediss://"].contains { text.hasPrefix($0) && text != $0 }
        return isRedis && AddressText.withoutPassword(text) == text ? .text(text) : nil
    }

    private func endpoints(_ texts: [String]) throws(Problem) -> SettingValue {
        var result: [Endpoint] = []
        for text in texts {
            guard let endpoint = Endpoint(text, relativeTo: folder, home: home) else {
                throw mismatch(found: shown(text), text: nil)
            }
            if definition.kind == .brokers {
                guard case .tcp(_, let port) = endpoint, port > 0 else {
                    throw mismatch(found: shown(text), text: nil)
                }
            }
            result.append(endpoint)
        }
        return .endpoints(result)
    }

    private func trimmed(_ text: Substring) -> String {
        var rest = text.drop { $0 == " " }
        while rest.last == " " { rest = rest.dropLast() }
        return String(rest)
    }

    /// A value in a message: what might hold a password is not repeated.
    private func shown(_ text: String) -> String {
        switch definition.kind {
        case .secret: "something else (not shown)"
        case .store, .address, .redis:
            text.contains("@") ? "an address with a name or password in it" : Quoted.text(text)
        default: Quoted.text(text)
        }
    }

    private func mismatch(found: String, text: String?) -> Problem {
        var suggestion: String?
        switch (definition.kind, text) {
        case (.choice(let words), let text?): suggestion = NearestName.of(text, among: words)
        case (.boolean, let text?):
            let meant = [
                "yes": "true", "on": "true", "1": "true", "no": "false", "off": "false", "0": "false",
            ]
            suggestion = meant[text.lowercased()] ?? NearestName.of(text, among: ["true", "false"])
        case (.duration, let text?): suggestion = Int(text).map { "\($0)s" }
        default: break
        }
        return Problem(
            message: "\(definition.key): expected \(definition.kind.expected), found \(found)",
            suggestion: suggestion
        )
    }
}
