import SomaCore
import SomaEngine
import SomaTerminal

/// A message as a line or as JSON, whatever is in it: JSON, text or bytes. Nothing in it reaches a terminal as it is.
enum MessageText {
    /// Bytes of a binary value that a line shows.
    private static let bytesShown = 48

    /// One line: when, where, key, value.
    static func line(_ message: BusMessage, _ style: OutputStyle) -> String {
        let time = message.timestamp.map(LocalTime.clock) ?? "-"
        let place = SafeText.line(place(message))
        let key = message.key.map { SafeText.line(shown($0)) } ?? "-"
        var value = message.value.map { SafeText.line(shown($0)) } ?? "(none)"
        if let limit = style.limit {
            let used = [time, place, key].reduce(0) { $0 + SafeText.columns(of: $1) + 2 }
            value = SafeText.clip(value, to: max(20, limit - used), mark: "…")
        }
        return [style.paint(time, .dim), style.paint(place, .dim), key, value].joined(separator: "  ")
    }

    /// Where it is: `topic/partition/offset`.
    static func place(_ message: BusMessage) -> String {
        "\(message.topic)/\(message.partition.number)/\(message.offset)"
    }

    /// What a filter looks at: key, value and headers.
    static func searched(_ message: BusMessage) -> String {
        let headers = message.headers.map { "\($0.name)=\($0.value.map(shown) ?? "")" }
        return ([message.key.map(shown) ?? "", message.value.map(shown) ?? ""] + headers).joined(
            separator: " "
        )
    }

    /// Bytes as text: as they are where they are text, in hexadecimal where not.
    static func shown(_ bytes: [UInt8]) -> String {
        if let text = text(bytes) { return text }
        let digits = bytes.prefix(bytesShown).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(
            separator: " "
        )
        return "\(digits)\(bytes.count > bytesShown ? " …" : "") (\(bytes.count) bytes)"
    }

    /// Text in UTF-8 without a zero; `nil` for anything else.
    private static func text(_ bytes: [UInt8]) -> String? {
        bytes.contains(0) ? nil : String(validating: bytes, as: UTF8.self)
    }

    /// The whole message. What is JSON is JSON in it, what is no text is in base 64.
    static func json(_ message: BusMessage) -> JSON {
        var object: JSONObject = [
            "topic": .string(message.topic), "partition": .int(Int64(message.partition.number)),
            "offset": .int(message.offset),
        ]
        if let timestamp = message.timestamp { object["time"] = .string(timestamp.description) }
        put(message.key, as: "key", parses: false, in: &object)
        put(message.value, as: "value", parses: true, in: &object)
        if !message.headers.isEmpty {
            object["headers"] = .array(
                message.headers.map { header in
                    var entry: JSONObject = ["name": .string(header.name)]
                    put(header.value, as: "value", parses: false, in: &entry)
                    return .object(entry)
                }
            )
        }
        return .object(object)
    }

    private static func put(_ bytes: [UInt8]?, as name: String, parses: Bool, in object: inout JSONObject) {
        guard let bytes else {
            object[name] = .null
            return
        }
        if parses, let value = try? JSON.parse(bytes) {
            object[name] = value
        } else if let text = text(bytes) {
            object[name] = .string(text)
        } else {
            object["\(name)_base64"] = .string(Base64.encode(bytes))
        }
    }
}
