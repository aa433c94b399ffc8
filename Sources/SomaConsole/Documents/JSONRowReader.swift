/// Reads JSON into rows without building its values; what is wrong ends it, and what came before stays.
struct JSONRowReader {
    typealias Row = JSONDocument.Row

    let bytes: [UInt8]
    private(set) var rows: [Row] = []
    /// Whether there was one value and nothing after it.
    private(set) var isOneValue = true
    private var place = 0
    /// The rows of the brackets that are open.
    private var open: [Int] = []

    /// The most rows; what comes after is one row that says so.
    static let rowsMax = 500_000
    /// How deep brackets may nest.
    static let depthMax = 512

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Reads all of it. Returns false where it isn't JSON from some place on.
    mutating func read() -> Bool {
        rows.reserveCapacity(min(Self.rowsMax, bytes.count / 16))
        var values = 0
        while true {
            skipSpace()
            guard place < bytes.count else { break }
            if open.isEmpty {
                guard values == 0 || rows.first?.kind == .object || rows.first?.kind == .array else {
                    return false
                }
                values += 1
                guard readValue(key: 0..<0) else { return false }
            } else if rows.count >= Self.rowsMax {
                giveUp()
                return true
            } else {
                guard readMember() else { return false }
            }
        }
        isOneValue = values == 1
        return open.isEmpty && values > 0
    }

    /// Ends what is open where the text was cut.
    mutating func closeCut() {
        guard !open.isEmpty else { return }
        for index in open {
            if rows[index].count == 0 { rows[index].count = 1 }
            rows[index].pair = UInt32(rows.count)
        }
        rows.append(
            Row(
                kind: .rest,
                depth: UInt16(open.count),
                key: 0..<0,
                value: UInt32(place)..<UInt32(min(bytes.count, place + TextLines.lineBytesMax)),
                pair: UInt32(rows.count)
            )
        )
        open = []
    }

    private mutating func giveUp() { closeCut() }

    private mutating func skipSpace() {
        while place < bytes.count,
            bytes[place] == 0x20 || bytes[place] == 0x0A || bytes[place] == 0x0D || bytes[place] == 0x09
        {
            place += 1
        }
    }

    /// Reads what comes next inside brackets: a member, an element, a comma or the end.
    private mutating func readMember() -> Bool {
        guard let index = open.last else { return false }
        let isObject = rows[index].kind == .object
        if bytes[place] == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
            close(index)
            return true
        }
        if rows[index].count > 0 {
            guard bytes[place] == UInt8(ascii: ",") else { return false }
            rows[rows.count - 1].hasComma = true
            place += 1
            skipSpace()
        }
        guard place < bytes.count else { return false }
        var key = UInt32(0)..<UInt32(0)
        if isObject {
            guard bytes[place] == UInt8(ascii: "\""), let name = readString() else { return false }
            key = UInt32(name.lowerBound)..<UInt32(name.upperBound)
            skipSpace()
            guard place < bytes.count, bytes[place] == UInt8(ascii: ":") else { return false }
            place += 1
            skipSpace()
        }
        guard place < bytes.count else { return false }
        let before = rows.count
        guard readValue(key: key) else {
            rows.removeSubrange(before...)
            return false
        }
        rows[index].count += 1
        return true
    }

    private mutating func close(_ index: Int) {
        open.removeLast()
        let isObject = rows[index].kind == .object
        place += 1
        if rows[index].count == 0 {
            rows[index].value = rows[index].value.lowerBound..<UInt32(place)
            rows[index].pair = UInt32(index)
            return
        }
        rows[index].pair = UInt32(rows.count)
        rows.append(
            Row(
                kind: isObject ? .objectEnd : .arrayEnd,
                depth: rows[index].depth,
                key: 0..<0,
                value: UInt32(place - 1)..<UInt32(place),
                pair: UInt32(index)
            )
        )
    }

    private mutating func readValue(key: Range<UInt32>) -> Bool {
        let start = place
        switch bytes[place] {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            guard open.count < Self.depthMax else { return false }
            add(bytes[place] == UInt8(ascii: "{") ? .object : .array, key, start..<(start + 1))
            open.append(rows.count - 1)
            place += 1
        case UInt8(ascii: "\""):
            guard let range = readString() else { return false }
            addString(key, range)
        default:
            while place < bytes.count, !Self.endsScalar(bytes[place]) { place += 1 }
            let word = bytes[start..<place]
            guard let first = word.first else { return false }
            let isNumber = first == UInt8(ascii: "-") || (0x30...0x39).contains(first)
            guard
                isNumber
                    ? word.allSatisfy({ (0x2B...0x39).contains($0) || $0 | 0x20 == 0x65 })
                    : ["true", "false", "null"].contains(where: { word.elementsEqual($0.utf8) })
            else { return false }
            add(isNumber ? .number : .literal, key, start..<place)
        }
        return true
    }

    private static func endsScalar(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x20, 0x0A, 0x0D, 0x09, UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"),
            UInt8(ascii: ":"):
            true
        default: false
        }
    }

    private mutating func add(_ kind: Row.Kind, _ key: Range<UInt32>, _ value: Range<Int>) {
        rows.append(
            Row(
                kind: kind,
                depth: UInt16(open.count),
                key: key,
                value: UInt32(value.lowerBound)..<UInt32(value.upperBound),
                pair: UInt32(rows.count)
            )
        )
    }

    /// Adds a string; a long one goes on in further rows.
    private mutating func addString(_ key: Range<UInt32>, _ range: Range<Int>) {
        var start = range.lowerBound
        var kind = Row.Kind.string
        while range.upperBound - start > TextLines.lineBytesMax {
            var end = start + TextLines.lineBytesMax
            while end > start, bytes[end] & 0xC0 == 0x80 { end -= 1 }
            // An escape stays in one piece.
            if let slash = bytes[max(start, end - 12)..<end].lastIndex(of: UInt8(ascii: "\\")), slash > start
            {
                end = slash
            }
            add(kind, kind == .string ? key : 0..<0, start..<end)
            start = end
            kind = .more
        }
        add(kind, kind == .string ? key : 0..<0, start..<range.upperBound)
    }

    /// Passes over a string with its quotes.
    private mutating func readString() -> Range<Int>? {
        let start = place
        place += 1
        while place < bytes.count {
            switch bytes[place] {
            case UInt8(ascii: "\""):
                place += 1
                return start..<place
            case UInt8(ascii: "\\"): place += 2
            case ..<0x20: return nil
            default: place += 1
            }
        }
        place = start
        return nil
    }
}
