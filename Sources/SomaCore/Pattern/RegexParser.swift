/// Reads a pattern.
struct RegexParser {
    private static let depthMax = 100
    private static let repetitionMax = 1000

    private let scalars: [Unicode.Scalar]
    private var position = 0
    private(set) var ignoresCase = false

    init(_ source: String) {
        scalars = Array(source.unicodeScalars)
        let prefix: [Unicode.Scalar] = ["(", "?", "i", ")"]
        if scalars.starts(with: prefix) {
            ignoresCase = true
            position = prefix.count
        }
    }

    mutating func parse() throws(LinearRegexError) -> RegexNode {
        let node = try alternatives(depth: 0)
        guard position == scalars.count else { throw error("a ')' without its '('") }
        return node
    }

    private func error(_ message: String) -> LinearRegexError {
        LinearRegexError(offset: position, message: message)
    }

    private func peek() -> Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek() == scalar else { return false }
        position += 1
        return true
    }

    private mutating func alternatives(depth: Int) throws(LinearRegexError) -> RegexNode {
        guard depth < Self.depthMax else { throw error("groups nested too deeply") }
        var branches = [try sequence(depth: depth)]
        while take("|") { branches.append(try sequence(depth: depth)) }
        return branches.count == 1 ? branches[0] : .alternatives(branches)
    }

    private mutating func sequence(depth: Int) throws(LinearRegexError) -> RegexNode {
        var nodes: [RegexNode] = []
        while let next = peek(), next != "|", next != ")" {
            let atom = try atom(depth: depth)
            nodes.append(try repetition(of: atom))
        }
        return nodes.count == 1 ? nodes[0] : .sequence(nodes)
    }

    private mutating func atom(depth: Int) throws(LinearRegexError) -> RegexNode {
        guard let scalar = peek() else { throw error("expected something here") }
        switch scalar {
        case "(": return try group(depth: depth)
        case "[": return .scalars(try bracket())
        case ".":
            position += 1
            return .scalars(RegexClass.notLineFeed)
        case "^":
            position += 1
            return .assertion(.start)
        case "$":
            position += 1
            return .assertion(.end)
        case "*", "+", "?": throw error("'\(scalar)' has nothing to repeat")
        case "\\": return try escape()
        default:
            position += 1
            return .scalars([scalar.value...scalar.value])
        }
    }

    private mutating func group(depth: Int) throws(LinearRegexError) -> RegexNode {
        let start = position
        position += 1
        if take("?") {
            if take(":") {
            } else if take("P") || peek() == "<" {
                guard take("<"), let first = peek(), first != "=", first != "!" else {
                    throw error("look-around is not supported")
                }
                while let next = peek(), next != ">" { position += next == ")" ? scalars.count : 1 }
                guard take(">") else {
                    position = start
                    throw error("the group's name does not end")
                }
            } else {
                throw error("only (?:…) and a leading (?i) are supported")
            }
        }
        let inner = try alternatives(depth: depth + 1)
        guard take(")") else {
            position = start
            throw error("a '(' without its ')'")
        }
        return inner
    }

    private mutating func repetition(of atom: RegexNode) throws(LinearRegexError) -> RegexNode {
        var node = atom
        while let next = peek() {
            let bounds: (Int, Int?)
            switch next {
            case "*": bounds = (0, nil)
            case "+": bounds = (1, nil)
            case "?": bounds = (0, 1)
            case "{":
                guard let counted = try counts() else { return node }
                bounds = counted
                position -= 1
            default: return node
            }
            position += 1
            _ = take("?")
            node = .repeated(node, minimum: bounds.0, maximum: bounds.1)
        }
        return node
    }

    /// `{m}`, `{m,}`, `{m,n}`; `nil` for a brace that is just a brace.
    private mutating func counts() throws(LinearRegexError) -> (Int, Int?)? {
        let start = position
        position += 1
        guard let minimum = number() else {
            position = start
            return nil
        }
        var maximum: Int? = minimum
        if take(",") { maximum = number() }
        guard take("}") else {
            position = start
            return nil
        }
        guard minimum <= Self.repetitionMax, (maximum ?? 0) <= Self.repetitionMax else {
            position = start
            throw error("at most \(Self.repetitionMax) repetitions can be asked for")
        }
        if let maximum, maximum < minimum {
            position = start
            throw error("the bounds are the wrong way round")
        }
        return (minimum, maximum)
    }

    private mutating func number() -> Int? {
        var value: Int?
        while let digit = peek(), digit.value >= 0x30, digit.value <= 0x39, (value ?? 0) < 100_000 {
            value = (value ?? 0) * 10 + Int(digit.value - 0x30)
            position += 1
        }
        return value
    }

    private mutating func escape() throws(LinearRegexError) -> RegexNode {
        let start = position
        position += 1
        guard let scalar = peek() else {
            position = start
            throw error("a '\\' with nothing after it")
        }
        if scalar == "b" || scalar == "B" {
            position += 1
            return .assertion(scalar == "b" ? .wordBoundary : .noWordBoundary)
        }
        position = start
        return .scalars(try escapedClass())
    }

    /// An escape that stands for characters, inside or outside of brackets.
    private mutating func escapedClass() throws(LinearRegexError) -> [ClosedRange<UInt32>] {
        let start = position
        position += 1
        guard let scalar = peek() else {
            position = start
            throw error("a '\\' with nothing after it")
        }
        position += 1
        if let named = RegexClass.escapes[scalar] { return named }
        switch scalar {
        case "x", "u": return try hexadecimal(digits: scalar == "x" ? 2 : 4, from: start)
        case "1"..."9":
            position = start
            throw error("back references are not supported")
        case "a"..."z", "A"..."Z", "0":
            position = start
            throw error("'\\\(scalar)' is not supported")
        default: return [scalar.value...scalar.value]
        }
    }

    private mutating func hexadecimal(
        digits: Int,
        from start: Int
    ) throws(LinearRegexError) -> [ClosedRange<UInt32>] {
        let isBraced = take("{")
        var text = ""
        while let next = peek(), next.properties.isASCIIHexDigit, text.count < (isBraced ? 6 : digits) {
            text.unicodeScalars.append(next)
            position += 1
        }
        guard isBraced ? take("}") && !text.isEmpty : text.count == digits,
            let value = UInt32(text, radix: 16), Unicode.Scalar(value) != nil
        else {
            position = start
            throw error("expected the hexadecimal number of a character")
        }
        return [value...value]
    }

    private mutating func bracket() throws(LinearRegexError) -> [ClosedRange<UInt32>] {
        let start = position
        position += 1
        let isNegated = take("^")
        var ranges: [ClosedRange<UInt32>] = []
        var isFirst = true
        while let next = peek(), next != "]" || isFirst {
            isFirst = false
            if next == "[", let named = try posixClass() {
                ranges.append(contentsOf: named)
                continue
            }
            let low = try bracketItem()
            guard peek() == "-", position + 1 < scalars.count, scalars[position + 1] != "]",
                let first = low.first, low.count == 1, first.lowerBound == first.upperBound
            else {
                ranges.append(contentsOf: low)
                continue
            }
            position += 1
            let high = try bracketItem()
            guard high.count == 1, let last = high.first, last.lowerBound == last.upperBound,
                first.lowerBound <= last.lowerBound
            else { throw error("a range's ends are the wrong way round") }
            ranges.append(first.lowerBound...last.lowerBound)
        }
        guard take("]") else {
            position = start
            throw error("a '[' without its ']'")
        }
        return isNegated ? RegexClass.complement(ranges) : ranges
    }

    private mutating func bracketItem() throws(LinearRegexError) -> [ClosedRange<UInt32>] {
        guard let scalar = peek() else { throw error("a '[' without its ']'") }
        if scalar == "\\" {
            if position + 1 < scalars.count, scalars[position + 1] == "b" {
                position += 2
                return [8...8]
            }
            return try escapedClass()
        }
        position += 1
        return [scalar.value...scalar.value]
    }

    /// `[:alpha:]` inside brackets; `nil` where there is none.
    private mutating func posixClass() throws(LinearRegexError) -> [ClosedRange<UInt32>]? {
        guard position + 1 < scalars.count, scalars[position + 1] == ":",
            let end = scalars[(position + 2)...].firstIndex(of: ":"),
            end + 1 < scalars.count, scalars[end + 1] == "]"
        else { return nil }
        var name = ""
        name.unicodeScalars.append(contentsOf: scalars[(position + 2)..<end])
        guard let ranges = RegexClass.posix[name] else { throw error("there is no class [:\(name):]") }
        position = end + 2
        return ranges
    }
}
