package import SomaHTTP

/// The fields that a collector wants, as OpenTelemetry writes them in `OTEL_EXPORTER_OTLP_HEADERS`:
/// `name=value,name=value`, with values percent-encoded where they hold a comma.
package enum ExportHeaders {
    /// Reads a list.
    /// - Returns: `nil` where a part has no name, or what it names is no header; which part is not told, since it is secret.
    package static func read(_ text: String) -> HTTPHeaders? {
        var headers: HTTPHeaders = [:]
        for part in text.split(separator: ",") {
            let part = trimmed(part)
            if part.isEmpty { continue }
            guard let sign = part.firstIndex(of: "=") else { return nil }
            let name = trimmed(part[..<sign])
            guard !name.isEmpty, name.utf8.allSatisfy(isNameByte),
                let value = decoded(trimmed(part[part.index(after: sign)...]))
            else { return nil }
            headers.add(String(name), value)
        }
        return headers
    }

    private static func trimmed(_ text: Substring) -> Substring {
        func isBlank(_ character: Character?) -> Bool { character == " " || character == "\t" }
        var text = text
        while isBlank(text.first) { text.removeFirst() }
        while isBlank(text.last) { text.removeLast() }
        return text
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }

    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            guard digits.utf8.count == 2, digits.utf8.allSatisfy({ $0 != UInt8(ascii: "+") }),
                let value = UInt8(digits, radix: 16)
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        guard bytes.allSatisfy({ ($0 >= 0x20 || $0 == 0x09) && $0 != 0x7F }) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }
}
