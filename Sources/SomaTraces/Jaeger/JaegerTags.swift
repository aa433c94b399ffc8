import SomaCore

extension JaegerTraceBuilder {
    /// Reads a list of tags.
    func tags(_ scanner: inout DocumentScanner) throws(ReadFailure) -> [Attribute] {
        var attributes: [Attribute] = []
        try scanner.array()
        while try scanner.nextElement() {
            var name = ""
            var type = TagType.none
            var value = AttributeValue.empty
            try scanner.object()
            while let key = try scanner.nextKey() {
                if key("key") {
                    name = try scanner.string()
                } else if key("type") {
                    type = try tagType(&scanner)
                } else if key("value") {
                    if scanner.json.peek() == UInt8(ascii: "\"") {
                        value = .string(try scanner.string())
                    } else {
                        value = AttributeValue(json: try scanner.value())
                    }
                } else {
                    try scanner.skip()
                }
            }
            attributes.append(Attribute(name, type.value(value)))
        }
        return attributes
    }

    private func tagType(_ scanner: inout DocumentScanner) throws(ReadFailure) -> TagType {
        guard let bytes = try scanner.plainBytes() else {
            _ = try scanner.string()
            return .none
        }
        switch bytes.first {
        case UInt8(ascii: "b"): return bytes.count == 4 ? .bool : .binary
        case UInt8(ascii: "i"): return .int
        case UInt8(ascii: "f"): return .double
        default: return .none
        }
    }
}

/// What Jaeger says the type of a tag is, where its value must be read by it: `string` and what isn't known need
/// nothing.
private enum TagType {
    case none, bool, int, double, binary

    /// The value as the type has it; as it was written, where it can't be that.
    func value(_ value: AttributeValue) -> AttributeValue {
        switch (self, value) {
        case (.bool, .string("true")): .bool(true)
        case (.bool, .string("false")): .bool(false)
        case (.int, .string(let text)): Int64(text).map(AttributeValue.int) ?? value
        case (.int, .double(let number)): Int64(exactly: number).map(AttributeValue.int) ?? value
        case (.double, .int(let number)): .double(Double(number))
        case (.double, .string(let text)): Double(text).map(AttributeValue.double) ?? value
        case (.binary, .string(let text)): Base64.decode(text).map(AttributeValue.bytes) ?? value
        default: value
        }
    }
}

extension AttributeValue {
    /// The value of JSON that has no types of its own.
    init(json: JSON) {
        self =
            switch json {
            case .null: .empty
            case .bool(let value): .bool(value)
            case .int(let value): .int(value)
            case .double(let value): .double(value)
            case .string(let value): .string(value)
            case .array(let values): .array(values.map(AttributeValue.init(json:)))
            case .object(let object):
                .map(object.members.map { Attribute($0.key, AttributeValue(json: $0.value)) })
            }
    }
}
