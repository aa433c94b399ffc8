/// The wire form: a CloudEvents 1.0 JSON object in structured mode
/// (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md).
///
/// The store, Kafka, the event stream and recordings all hold these same bytes.
extension Transition {
    /// Why bytes are no transition.
    public struct WireError: Error, Sendable, Equatable, CustomStringConvertible {
        /// What is missing or wrong.
        public let description: String
    }

    /// The event's id: `run/seq`.
    public var eventID: String { "\(run)/\(seq)" }

    /// The transition as a CloudEvents JSON object on one line, without a line end.
    public func cloudEvent() -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(512)
        func raw(_ text: StaticString) {
            output.append(
                contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
            )
        }
        raw("{\"specversion\":\"1.0\",\"id\":")
        raw("\"")
        JSON.writeEscaped(run.rawValue, to: &output)
        raw("/")
        JSON.writeInteger(seq, to: &output)
        raw("\",\"source\":\"/runs/")
        JSON.writeEscaped(run.rawValue, to: &output)
        raw("\",\"type\":\"")
        if case .unknown(let type) = kind {
            JSON.writeEscaped(type, to: &output)
        } else {
            raw("soma.")
            output.append(contentsOf: kind.name.utf8)
            raw(".v1")
        }
        raw("\",\"time\":\"")
        at.write(to: &output)
        raw("\",\"subject\":")
        JSON.writeString(subject, to: &output)
        raw(",\"tenant\":")
        JSON.writeString(tenant, to: &output)
        for member in unknown.members where member.key != "data" {
            raw(",")
            JSON.writeString(member.key, to: &output)
            raw(":")
            member.value.write(to: &output)
        }
        raw(",\"data\":{\"agent\":")
        JSON.writeString(agent, to: &output)
        func optional(_ name: StaticString, _ value: String?) {
            guard let value else { return }
            raw(name)
            JSON.writeString(value, to: &output)
        }
        optional(",\"parent\":", parent?.rawValue)
        optional(",\"node\":", node)
        if attempt != 0 {
            raw(",\"attempt\":")
            JSON.writeInteger(attempt, to: &output)
        }
        if let cause {
            raw(",\"cause\":")
            JSON.writeInteger(cause, to: &output)
        }
        if more > 0 {
            raw(",\"more\":")
            JSON.writeInteger(more, to: &output)
        }
        optional(",\"trace\":", trace)
        optional(",\"span\":", span)
        raw(",\"body\":")
        body.write(to: &output)
        if !content.isEmpty {
            raw(",\"content\":{")
            for (index, reference) in content.enumerated() {
                if index > 0 { raw(",") }
                JSON.writeString(reference.name, to: &output)
                raw(":\"")
                reference.id.write(to: &output)
                raw("\"")
            }
            raw("}")
        }
        for member in unknown["data"]?.object?.members ?? [] {
            raw(",")
            JSON.writeString(member.key, to: &output)
            raw(":")
            member.value.write(to: &output)
        }
        raw("}}")
        return output
    }

    /// Reads a CloudEvents JSON object. Unknown members are kept.
    public init(cloudEvent bytes: some Sequence<UInt8>) throws(WireError) {
        let result =
            bytes.withContiguousStorageIfAvailable { Transition.read($0) }
            ?? Array(bytes).withUnsafeBufferPointer { Transition.read($0) }
        self = try result.get()
    }

    package static func read(_ bytes: UnsafeBufferPointer<UInt8>) -> Result<Transition, WireError> {
        var reader = CloudEventReader(bytes)
        do throws(JSONScanner.Failure) {
            let transition = try reader.read()
            return .success(transition)
        } catch {
            let place = JSONError(error, in: bytes)
            return .failure(WireError(description: "no transition: \(place)"))
        }
    }
}

/// Reads one CloudEvents object in a single pass, whatever the order of its members.
private struct CloudEventReader {
    var scanner: JSONScanner
    var transition = Transition(
        run: RunID(""),
        seq: 0,
        at: Timestamp(microseconds: 0),
        kind: .unknown(""),
        tenant: "",
        subject: ""
    )

    init(_ bytes: UnsafeBufferPointer<UInt8>) { scanner = JSONScanner(bytes) }

    mutating func read() throws(JSONScanner.Failure) -> Transition {
        try members { reader, key throws(JSONScanner.Failure) in
            // The number of bytes narrows the choice to one or two before any are compared.
            switch key.count {
            case 2 where key.equals("id"): try reader.identify()
            case 4 where key.equals("type"): reader.transition.kind = try reader.kind()
            case 4 where key.equals("time"): reader.transition.at = try reader.time()
            case 4 where key.equals("data"): try reader.data()
            case 6 where key.equals("tenant"): reader.transition.tenant = try reader.name()
            case 7 where key.equals("subject"): reader.transition.subject = try reader.name()
            case 6 where key.equals("source"), 11 where key.equals("specversion"),
                15 where key.equals("datacontenttype"):
                try reader.scanner.skipValue()
            default: reader.transition.unknown[try reader.scanner.decode(key)] = try reader.scanner.value()
            }
        }
        scanner.skipWhitespace()
        guard scanner.isAtEnd else { throw scanner.failure("text after the event") }
        guard transition.seq > 0 else { throw scanner.failure("\"id\" is missing") }
        if case .unknown("") = transition.kind { throw scanner.failure("\"type\" is missing") }
        return transition
    }

    /// Passes over an object's members, giving each key's bytes.
    private mutating func members(
        _ body: (inout CloudEventReader, JSONScanner.RawString) throws(JSONScanner.Failure) -> Void
    ) throws(JSONScanner.Failure) {
        try scanner.consume(UInt8(ascii: "{"), "expected an object")
        guard scanner.peek() != UInt8(ascii: "}") else {
            scanner.position += 1
            return
        }
        while true {
            let key = try scanner.rawString()
            try scanner.consume(UInt8(ascii: ":"), "expected ':' after a member's name")
            try body(&self, key)
            if try scanner.isLast(closing: UInt8(ascii: "}")) { return }
        }
    }

    private mutating func identify() throws(JSONScanner.Failure) {
        let raw = try scanner.rawString()
        if raw.isPlain, let slash = raw.bytes.lastIndex(of: UInt8(ascii: "/")), slash > 0,
            let seq = Self.seq(raw.bytes[(slash + 1)...])
        {
            transition.run = RunID(
                try scanner.decode(.init(start: raw.start, count: slash, isPlain: true))
            )
            transition.seq = seq
            return
        }
        // Run ids of other makers may need escapes; ours never do.
        let text = try scanner.decode(raw)
        guard let slash = text.utf8.lastIndex(of: UInt8(ascii: "/")), slash > text.startIndex,
            let seq = Self.seq(text.utf8[slash...].dropFirst())
        else { throw scanner.failure("\"id\" is not run/seq") }
        transition.run = RunID(String(text[..<slash]))
        transition.seq = seq
    }

    private static func seq(_ digits: some Collection<UInt8>) -> Int? {
        guard (1...19).contains(digits.count) else { return nil }
        var value = 0
        for byte in digits {
            guard case let digit = byte &- 0x30, digit < 10 else { return nil }
            let (product, first) = value.multipliedReportingOverflow(by: 10)
            let (sum, second) = product.addingReportingOverflow(Int(digit))
            guard !first, !second else { return nil }
            value = sum
        }
        return value > 0 ? value : nil
    }

    private mutating func kind() throws(JSONScanner.Failure) -> TransitionKind {
        let raw = try scanner.rawString()
        if raw.isPlain, let kind = TransitionKind(known: raw.bytes) { return kind }
        return TransitionKind(eventType: try scanner.decode(raw))
    }

    private mutating func time() throws(JSONScanner.Failure) -> Timestamp {
        let raw = try scanner.rawString()
        guard let at = Timestamp(rfc3339: raw.bytes) else {
            throw scanner.failure("\"time\" is not an RFC 3339 time")
        }
        return at
    }

    /// A short string; the names that nearly every record has are not made anew.
    private mutating func name() throws(JSONScanner.Failure) -> String {
        let raw = try scanner.rawString()
        return raw.equals("local") ? "local" : try scanner.decode(raw)
    }

    private mutating func data() throws(JSONScanner.Failure) {
        try members { reader, key throws(JSONScanner.Failure) in
            switch key.count {
            case 4 where key.equals("node"): reader.transition.node = try reader.scanner.string()
            case 4 where key.equals("body"): reader.transition.body = try reader.scanner.object()
            case 4 where key.equals("span"): reader.transition.span = try reader.scanner.string()
            case 4 where key.equals("more"):
                reader.transition.more = max(0, Int(try reader.scanner.integer() ?? 0))
            case 5 where key.equals("cause"):
                reader.transition.cause = try reader.scanner.integer().map(Int.init)
            case 5 where key.equals("agent"): reader.transition.agent = try reader.scanner.string()
            case 5 where key.equals("trace"): reader.transition.trace = try reader.scanner.string()
            case 6 where key.equals("parent"):
                reader.transition.parent = RunID(try reader.scanner.string())
            case 7 where key.equals("content"): try reader.references()
            case 7 where key.equals("attempt"):
                reader.transition.attempt = Int(try reader.scanner.integer() ?? 0)
            default:
                var kept = reader.transition.unknown["data"]?.object ?? JSONObject()
                kept[try reader.scanner.decode(key)] = try reader.scanner.value()
                reader.transition.unknown["data"] = .object(kept)
            }
        }
    }

    private mutating func references() throws(JSONScanner.Failure) {
        try members { reader, key throws(JSONScanner.Failure) in
            let raw = try reader.scanner.rawString()
            guard let id = ContentID(digits: UnsafeBufferPointer(start: raw.start, count: raw.count)) else {
                throw reader.scanner.failure("a content id is 32 hexadecimal digits")
            }
            reader.transition.content.append(ContentReference(try reader.scanner.decode(key), id))
        }
    }
}
