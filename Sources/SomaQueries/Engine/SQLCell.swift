/// A value as SQLite has it.
package enum SQLCell: Sendable, Hashable {
    /// No value.
    case null
    /// A whole number.
    case int(Int64)
    /// Any other number.
    case real(Double)
    /// A text; from outside, so hostile to terminals and spreadsheets.
    case text(String)
    /// Bytes.
    case blob([UInt8])

    /// A whole number.
    package static func int(_ value: Int) -> SQLCell { .int(Int64(value)) }

    /// A text where there is one that isn't empty.
    package static func name(_ value: String?) -> SQLCell {
        value.flatMap { $0.isEmpty ? nil : .text($0) } ?? .null
    }

    /// A number where there is one.
    package static func optional(_ value: Int?) -> SQLCell { value.map { .int(Int64($0)) } ?? .null }

    /// The value as a table shows it; bytes are `x'…'`.
    package var text: String {
        switch self {
        case .null: "NULL"
        case .int(let value): "\(value)"
        case .real(let value): SQLCell.text(of: value)
        case .text(let value): value
        case .blob(let bytes): SQLCell.hexadecimal(bytes)
        }
    }

    /// Whether tables set it to the right.
    package var isNumber: Bool {
        switch self {
        case .int, .real: true
        default: false
        }
    }

    static func text(of value: Double) -> String {
        if value.isNaN { return "NaN" }
        guard value.isFinite else { return value < 0 ? "-Infinity" : "Infinity" }
        return "\(value)"
    }

    private static let digits = Array("0123456789abcdef".utf8)

    static func hexadecimal(_ bytes: [UInt8]) -> String {
        var text = Array("x'".utf8)
        text.reserveCapacity(bytes.count * 2 + 3)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        text.append(UInt8(ascii: "'"))
        return String(decoding: text, as: UTF8.self)
    }
}
