import Glibc

/// A transition's line as slices of its bytes, for filters: nothing is decoded and nothing allocated.
///
/// Only for lines as this program writes them, with plain strings and whole numbers; any other has to be decoded.
/// What is taken here would decode, and gives the same texts as the decoded transition. Borrows the bytes: valid as
/// long as they are.
struct RawTransition {
    typealias Text = UnsafeBufferPointer<UInt8>

    private(set) var run = Text(start: nil, count: 0)
    private(set) var seq = 0
    private(set) var kind = Text(start: nil, count: 0)
    private(set) var tenant = Text(start: nil, count: 0)
    private(set) var subject = Text(start: nil, count: 0)
    private(set) var agent = Text(start: nil, count: 0)
    private(set) var parent: Text?
    private(set) var node: Text?
    private(set) var trace: Text?
    private(set) var attempt = 0
    private(set) var body = Text(start: nil, count: 0)
    /// The ids of the words that it refers to.
    private(set) var content: [ContentID] = []

    private var scanner: JSONScanner

    /// Takes a line apart; `nil` for one that has to be decoded.
    init?(_ line: Text) {
        scanner = JSONScanner(line)
        guard take("{\"specversion\":\"1.0\",\"id\":\""), let id = text(),
            let slash = id.lastIndex(of: UInt8(ascii: "/")), slash > id.startIndex,
            let seq = Self.integer(id[(slash + 1)...]), seq > 0
        else { return nil }
        run = Text(rebasing: id[..<slash])
        self.seq = seq
        guard take(",\"source\":\""), text() != nil, take(",\"type\":\""), let type = text(), !type.isEmpty,
            take(",\"time\":\""), let time = text(), Timestamp(rfc3339: time) != nil,
            take(",\"subject\":\""), let subject = text(), take(",\"tenant\":\""), let tenant = text(),
            take(",\"data\":{\"agent\":\""), let agent = text()
        else { return nil }
        kind = Self.name(of: type)
        (self.subject, self.tenant, self.agent) = (subject, tenant, agent)
        guard readData(), take("}}"), scanner.isAtEnd else { return nil }
    }

    private mutating func readData() -> Bool {
        if take(",\"parent\":\"") {
            guard let value = text() else { return false }
            parent = value
        }
        if take(",\"node\":\"") {
            guard let value = text() else { return false }
            node = value
        }
        if take(",\"attempt\":") {
            guard let value = number() else { return false }
            attempt = value
        }
        if take(",\"cause\":"), number() == nil { return false }
        if take(",\"more\":"), number() == nil { return false }
        if take(",\"trace\":\"") {
            guard let value = text() else { return false }
            trace = value
        }
        if take(",\"span\":\""), text() == nil { return false }
        guard take(",\"body\":") else { return false }
        let start = scanner.position
        guard skipObject(depth: 0) else { return false }
        body = Text(start: start, count: scanner.position - start)
        return !take(",\"content\":{") || readContent()
    }

    private mutating func readContent() -> Bool {
        repeat {
            guard take("\""), text() != nil, take(":\""), let digits = text(),
                let id = ContentID(digits: digits)
            else { return false }
            content.append(id)
        } while take(",")
        return take("}")
    }

    // MARK: Pieces

    @inline(__always)
    private mutating func take(_ literal: StaticString) -> Bool {
        let count = literal.utf8CodeUnitCount
        guard scanner.end - scanner.position >= count, memcmp(scanner.position, literal.utf8Start, count) == 0
        else { return false }
        scanner.position += count
        return true
    }

    /// The rest of a string whose quote was taken; `nil` where it isn't plain.
    @inline(__always)
    private mutating func text() -> Text? {
        scanner.position -= 1
        guard let raw = try? scanner.rawString(), raw.isPlain else { return nil }
        return raw.bytes
    }

    /// A whole number of at most 18 digits.
    private mutating func number() -> Int? {
        let first = scanner.position
        while scanner.position < scanner.end, scanner.position.pointee &- 0x30 < 10 { scanner.position += 1 }
        return Self.integer(UnsafeBufferPointer(start: first, count: scanner.position - first)[...])
    }

    private static func integer(_ digits: Slice<Text>) -> Int? {
        guard (1...18).contains(digits.count), digits.count == 1 || digits.first != 0x30 else { return nil }
        var value = 0
        for byte in digits {
            guard case let digit = byte &- 0x30, digit < 10 else { return nil }
            value = value &* 10 &+ Int(digit)
        }
        return value
    }

    /// Passes over an object that is written as this program writes them.
    private mutating func skipObject(depth: Int) -> Bool {
        guard depth < 64, take("{") else { return false }
        if take("}") { return true }
        repeat {
            guard take("\""), text() != nil, take(":"), skipValue(depth: depth) else { return false }
        } while take(",")
        return take("}")
    }

    private mutating func skipValue(depth: Int) -> Bool {
        guard !scanner.isAtEnd else { return false }
        switch scanner.position.pointee {
        case UInt8(ascii: "\""):
            scanner.position += 1
            return text() != nil
        case UInt8(ascii: "{"): return skipObject(depth: depth + 1)
        case UInt8(ascii: "["):
            guard depth < 64, take("[") else { return false }
            if take("]") { return true }
            repeat { guard skipValue(depth: depth + 1) else { return false } } while take(",")
            return take("]")
        case UInt8(ascii: "t"): return take("true")
        case UInt8(ascii: "f"): return take("false")
        case UInt8(ascii: "n"): return take("null")
        case 0x30...0x39:
            guard number() != nil else { return false }
            // A fraction or an exponent may be written in more than one way.
            return scanner.isAtEnd
                || scanner.position.pointee != UInt8(ascii: ".")
                    && scanner.position.pointee | 0x20 != UInt8(ascii: "e")
        default: return false
        }
    }

    /// `effect.finished` of `soma.effect.finished.v1`, as far as this version knows the kind.
    private static func name(of type: Text) -> Text {
        guard TransitionKind(known: type) != nil else { return type }
        return Text(rebasing: type.dropFirst(5).dropLast(3))
    }
}

extension RawTransition: FilterSubject {
    func hasText(_ field: FilterField?, where test: (Text) -> Bool) -> Bool {
        guard let field else {
            return test(run) || test(kind) || (node.map(test) ?? false) || test(agent)
                || (body.count > 2 && test(body))
        }
        if !field.path.isEmpty { return member(field.path).map { test(Self.plain($0)) } ?? false }
        switch field.name {
        case "run": return test(run)
        case "kind": return test(kind)
        case "node": return node.map(test) ?? false
        case "role": return test(agent)
        case "level": return importance.name.passes(test)
        case "name", "status", "ok": return member(field.name).map { test(Self.plain($0)) } ?? false
        case "parent": return parent.map(test) ?? false
        case "text": return body.count > 2 && test(body)
        case "trace": return trace.map(test) ?? false
        case "tenant": return test(tenant)
        case "subject": return test(subject)
        default: return false
        }
    }

    func number(_ field: FilterField) -> Double? {
        func member(_ name: String) -> Double? {
            self.member(name).flatMap { Self.integer($0[...]) }.map(Double.init)
        }
        if !field.path.isEmpty { return member(field.path) }
        return switch field.name {
        case "seq": Double(seq)
        case "attempt": attempt > 0 ? Double(attempt) : nil
        case "took": member("us").map { $0 / 1_000_000 }
        case "tokens": member("tokens")
        case "cost": member("microdollars").map { $0 / 1_000_000 }
        default: nil
        }
    }

    private var importance: Importance {
        let kind = TransitionKind(String(decoding: kind, as: UTF8.self))
        return Importance(kind, isBad: member("ok")?.elementsEqual("false".utf8) ?? false)
    }

    /// A string's bytes without its quotes, anything else as it is.
    private static func plain(_ value: Text) -> Text {
        value.first == UInt8(ascii: "\"") ? Text(rebasing: value.dropFirst().dropLast()) : value
    }

    /// The bytes of the body's member at a dotted path; the last of several with one name counts.
    private func member(_ path: String) -> Text? {
        var value = body
        for part in path.split(separator: ".", omittingEmptySubsequences: true) {
            guard let next = Self.member(String(part), of: value) else { return nil }
            value = next
        }
        return value
    }

    private static func member(_ name: String, of value: Text) -> Text? {
        var scanner = JSONScanner(value)
        guard let opening = value.first else { return nil }
        let isArray = opening == UInt8(ascii: "[")
        guard isArray || opening == UInt8(ascii: "{"), value.count > 2 else { return nil }
        scanner.position += 1
        var found: Text?
        var index = 0
        while true {
            var isWanted = isArray && Int(name) == index
            if !isArray {
                guard let key = try? scanner.rawString() else { return nil }
                isWanted = key.bytes.elementsEqual(name.utf8)
                scanner.position += 1
            }
            let start = scanner.position
            guard (try? scanner.skipValue()) != nil else { return nil }
            if isWanted { found = Text(start: start, count: scanner.position - start) }
            index += 1
            guard let isLast = try? scanner.isLast(closing: isArray ? 0x5D : 0x7D), !isLast else {
                return found
            }
        }
    }
}
