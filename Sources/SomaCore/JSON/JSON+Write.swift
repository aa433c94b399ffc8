/// How JSON text is laid out.
public enum JSONLayout: Sendable {
    /// One line, no spaces, members in their order.
    case compact
    /// One line, members sorted by name: the same value always gives the same bytes.
    case canonical
    /// Indented by two spaces.
    case pretty
}

extension JSON {
    /// The value as JSON text. A double that is no number is written as `null`.
    public func text(_ layout: JSONLayout = .compact) -> String {
        String(decoding: bytes(layout), as: UTF8.self)
    }

    /// The value as UTF-8 JSON text.
    public func bytes(_ layout: JSONLayout = .compact) -> [UInt8] {
        var output: [UInt8] = []
        write(to: &output, layout)
        return output
    }

    package func write(to output: inout [UInt8], _ layout: JSONLayout = .compact, indent: Int = 0) {
        switch self {
        case .null: output.append(contentsOf: "null".utf8)
        case .bool(let value): output.append(contentsOf: (value ? "true" : "false").utf8)
        case .int(let value): JSON.writeInteger(value, to: &output)
        case .double(let value): output.append(contentsOf: (value.isFinite ? "\(value)" : "null").utf8)
        case .string(let value): JSON.writeString(value, to: &output)
        case .array(let elements):
            guard !elements.isEmpty else { return output.append(contentsOf: "[]".utf8) }
            output.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                JSON.breakLine(&output, layout, indent + 1)
                element.write(to: &output, layout, indent: indent + 1)
            }
            JSON.breakLine(&output, layout, indent)
            output.append(UInt8(ascii: "]"))
        case .object(let object): object.write(to: &output, layout, indent: indent)
        }
    }

    fileprivate static func breakLine(_ output: inout [UInt8], _ layout: JSONLayout, _ indent: Int) {
        guard case .pretty = layout else { return }
        output.append(0x0A)
        output.append(contentsOf: repeatElement(0x20, count: indent * 2))
    }

    package static func writeInteger(_ value: some FixedWidthInteger, to output: inout [UInt8]) {
        var rest = UInt64(value.magnitude)
        if value < 0 { output.append(UInt8(ascii: "-")) }
        var count = 1
        var bound: UInt64 = 10
        while rest >= bound {
            count += 1
            let (next, overflow) = bound.multipliedReportingOverflow(by: 10)
            if overflow { break }
            bound = next
        }
        let first = output.count
        output.append(contentsOf: repeatElement(0x30, count: count))
        for index in stride(from: first + count - 1, through: first, by: -1) {
            output[index] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }

    /// Appends a string with its quotes and escapes.
    package static func writeString(_ value: String, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        writeEscaped(value, to: &output)
        output.append(UInt8(ascii: "\""))
    }

    /// Appends a string with its escapes and without quotes.
    package static func writeEscaped(_ value: String, to output: inout [UInt8]) {
        var value = value
        value.withUTF8 { bytes in
            var rest = bytes[...]
            while true {
                let plain = JSONScanner.plainCount(UnsafeBufferPointer(rebasing: rest))
                output.append(contentsOf: UnsafeBufferPointer(rebasing: rest.prefix(plain)))
                rest = rest.dropFirst(plain)
                guard let byte = rest.popFirst() else { return }
                escape(byte, to: &output)
            }
        }
    }

    private static func escape(_ byte: UInt8, to output: inout [UInt8]) {
        switch byte {
        case 0x0A: output.append(contentsOf: "\\n".utf8)
        case 0x0D: output.append(contentsOf: "\\r".utf8)
        case 0x09: output.append(contentsOf: "\\t".utf8)
        case UInt8(ascii: "\""): output.append(contentsOf: "\\\"".utf8)
        case UInt8(ascii: "\\"): output.append(contentsOf: "\\\\".utf8)
        default:
            output.append(contentsOf: "\\u00".utf8)
            output.append(0x30 + byte >> 4)
            output.append(byte & 15 < 10 ? 0x30 + byte & 15 : 0x57 + byte & 15)
        }
    }
}

extension JSONObject {
    package func write(to output: inout [UInt8], _ layout: JSONLayout = .compact, indent: Int = 0) {
        guard !isEmpty else { return output.append(contentsOf: "{}".utf8) }
        output.append(UInt8(ascii: "{"))
        var ordered = members
        if case .canonical = layout { ordered.sort { $0.key < $1.key } }
        for (index, member) in ordered.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            JSON.breakLine(&output, layout, indent + 1)
            JSON.writeString(member.key, to: &output)
            output.append(UInt8(ascii: ":"))
            if case .pretty = layout { output.append(0x20) }
            member.value.write(to: &output, layout, indent: indent + 1)
        }
        JSON.breakLine(&output, layout, indent)
        output.append(UInt8(ascii: "}"))
    }
}
