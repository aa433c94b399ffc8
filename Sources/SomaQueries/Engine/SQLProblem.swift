/// Why a query gives nothing, or not all.
package struct SQLProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// Where in the query, both from 1; columns are characters.
    package struct Place: Sendable, Hashable {
        package var line: Int
        package var column: Int
        /// The line of the query.
        package var text: String

        /// The place of a byte of a query.
        init(_ offset: Int, in sql: String) {
            let bytes = Array(sql.utf8)
            let offset = max(0, min(offset, bytes.count))
            let start = bytes[..<offset].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
            let end = bytes[offset...].firstIndex(of: 0x0A) ?? bytes.count
            line = bytes[..<offset].count { $0 == 0x0A } + 1
            column = String(decoding: bytes[start..<offset], as: UTF8.self).count + 1
            text = String(decoding: bytes[start..<end], as: UTF8.self)
        }
    }

    /// What is wrong, in a sentence.
    package var message: String
    /// What to do.
    package var hint = ""
    /// Where in the query, where that is known.
    package var place: Place?

    init(message: String, hint: String = "", place: Place? = nil) {
        self.message = message
        self.hint = hint
        self.place = place
    }

    /// Place, sentence and hint, a line each.
    package var description: String {
        let head = place.map { "\($0.line):\($0.column): \(message)" } ?? message
        return hint.isEmpty ? head : "\(head)\n\(hint)"
    }
}

extension SQLProblem {
    /// Turns what SQLite says of a query into something to act on.
    ///
    /// - Parameters:
    ///   - said: SQLite's message.
    ///   - offset: The byte of the query that it is about; negative where SQLite doesn't say.
    init(sqlite said: String, offset: Int, in sql: String) {
        var (message, hint) = (said, "")
        var subject: String?
        if let name = said.rest(after: "no such table: ") {
            subject = name
            message = "There is no view \"\(name)\"."
            let names = ViewSchema.all.map(\.name)
            hint = Nearest.of(name, among: names).map { "Did you mean \($0)? " } ?? ""
            hint += "The views are \(names.joined(separator: ", "))."
        } else if let name = said.rest(after: "no such column: ") {
            subject = name
            message = "There is no column \"\(name)\"."
            hint = Self.columnHint(String(name.split(separator: ".").last ?? ""), in: sql)
        } else if let name = said.rest(after: "no such function: ") {
            subject = name
            message = "SQLite has no function \"\(name)\" here."
            hint = "https://www.sqlite.org/lang_corefunc.html lists those that there are."
        } else if let rest = said.rest(after: "near "), rest.hasSuffix(": syntax error") {
            let word = rest.dropLast(": syntax error".count)
            message = "This is not SQL from \(word) on."
            hint = "The syntax is SQLite's: https://www.sqlite.org/lang_select.html"
        } else if said == "incomplete input" {
            message = "The query ends too early."
            hint = "A parenthesis, a quote or a clause is open."
        }
        let found = offset >= 0 ? offset : subject.flatMap { Self.offset(of: $0, in: sql) }
        self.init(message: message, hint: hint, place: found.map { Place($0, in: sql) })
    }

    private static func columnHint(_ name: String, in sql: String) -> String {
        let words = Set(SQLWords(sql).map { $0.text.lowercased() })
        let used = ViewSchema.all.filter { words.contains($0.name) }
        let views = used.isEmpty ? ViewSchema.all : used
        let columns = views.flatMap(\.columns).map(\.name)
        if let nearest = Nearest.of(name, among: columns) {
            let owner = views.first { $0.columns.contains { $0.name == nearest } }?.name ?? ""
            return "Did you mean \(nearest) (of \(owner))? A text stands in single quotes: 'ok'."
        }
        let other = ViewSchema.all.filter { $0.columns.contains { $0.name == name.lowercased() } }
        if !other.isEmpty { return "\(other.map(\.name).joined(separator: " and ")) has one of that name." }
        return "A text stands in single quotes: 'ok'. soma sql --schema lists all columns."
    }

    /// Where a name stands in a query as a word of its own.
    private static func offset(of name: String, in sql: String) -> Int? {
        let last = name.split(separator: ".").last.map { $0.lowercased() }
        return SQLWords(sql).first { $0.text.lowercased() == last }?.offset
    }
}

/// The names in a query: what is neither text, comment, number nor sign.
struct SQLWords: Sequence, IteratorProtocol {
    private let bytes: [UInt8]
    private var position = 0

    init(_ sql: String) { bytes = Array(sql.utf8) }

    mutating func next() -> (text: String, offset: Int)? {
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "'"): skip(through: [byte])
            case UInt8(ascii: "-") where at(1) == UInt8(ascii: "-"): skip(through: [0x0A])
            case UInt8(ascii: "/") where at(1) == UInt8(ascii: "*"):
                position += 1
                skip(through: Array("*/".utf8))
            case UInt8(ascii: "\""), UInt8(ascii: "`"):
                let start = position + 1
                skip(through: [byte])
                let end = Swift.max(start, position - 1)
                return (
                    String(decoding: bytes[start..<Swift.min(end, bytes.count)], as: UTF8.self), start - 1
                )
            case let byte where Self.isName(byte):
                let start = position
                while position < bytes.count, Self.isName(bytes[position]) { position += 1 }
                return (String(decoding: bytes[start..<position], as: UTF8.self), start)
            default: position += 1
            }
        }
        return nil
    }

    private func at(_ ahead: Int) -> UInt8? {
        position + ahead < bytes.count ? bytes[position + ahead] : nil
    }

    /// Passes over the opening sign and everything up to the closing one.
    private mutating func skip(through end: [UInt8]) {
        position += 1
        while position < bytes.count, !bytes[position...].starts(with: end) { position += 1 }
        position = Swift.min(bytes.count, position + end.count)
    }

    private static func isName(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "$"), 0x80...: true
        default: false
        }
    }
}

extension String {
    fileprivate func rest(after prefix: String) -> String? {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }
}

/// The name that was probably meant.
enum Nearest {
    /// The nearest of some names by edits (insert, remove, exchange, swap neighbours), or `nil` where none is near.
    static func of(_ name: String, among names: [String]) -> String? {
        let wanted = Array(name.lowercased().prefix(64))
        var best: (name: String, distance: Int)?
        for candidate in names {
            let distance = distance(wanted, Array(candidate))
            if distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        guard let best, best.distance <= max(1, wanted.count / 3) else {
            return names.first {
                wanted.count > 2 && ($0.hasPrefix(String(wanted)) || $0.hasSuffix("_\(String(wanted))"))
            }
        }
        return best.name
    }

    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var before: [Int] = []
        var last = Array(0...right.count)
        for (row, one) in left.enumerated() {
            var line = [row + 1]
            for (column, other) in right.enumerated() {
                var cost = min(last[column] + (one == other ? 0 : 1), last[column + 1] + 1, line[column] + 1)
                if row > 0, column > 0, one == right[column - 1], left[row - 1] == other {
                    cost = min(cost, before[column - 1] + 1)
                }
                line.append(cost)
            }
            (before, last) = (last, line)
        }
        return last[right.count]
    }
}
