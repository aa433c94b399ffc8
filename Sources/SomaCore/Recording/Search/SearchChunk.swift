import Glibc

/// What one stretch of a recording gave: which of its transitions match, counted from its first.
struct SearchChunk: Sendable {
    /// A transition that can't be judged yet: it refers to words that come in an earlier stretch.
    struct Pending: Sendable {
        /// Its place among the stretch's transitions.
        var row: Int
        var line: Range<Int>
        var references: [ContentID]
    }

    /// How many lines claim to be transitions.
    var rows = 0
    /// The rows that match, in order.
    var matches: [Int] = []
    /// Rows that may match.
    var pending: [Pending] = []
    /// Which conditions hold in words, for those where one does.
    var words: [ContentID: UInt32] = [:]
}

/// Looks through stretches of a recording for what passes a filter. For one thread.
///
/// Bytes are looked for first; only lines in which a condition may hold are taken apart, and only those that this
/// program hasn't written are decoded.
final class ChunkSearcher {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let source: RecordingBytes
    private let plan: SearchPlan
    private let matcher: FilterMatcher
    private let hasWords: Bool
    private var needles: [NeedleCursor?] = []
    private var backslash = NeedleCursor(ByteNeedle([0x5C]))
    private var references = NeedleCursor(ByteNeedle("\"content\":{".utf8))
    private var result = SearchChunk()
    /// Words of this stretch in which nothing holds; most references are to these.
    private var empty: Set<ContentID> = []
    private var limit = 0

    private static let usual = Array("{\"specversion\":\"1.0\",\"id\":\"".utf8)
    private static let contentHead = Array("{\"soma\":\"content\",\"id\":\"".utf8)
    private static let textHead = Array("\",\"text\":\"".utf8)

    /// Makes a searcher.
    /// - Parameter hasWords: Whether the recording has words at all.
    init(_ source: RecordingBytes, _ plan: SearchPlan, hasWords: Bool) {
        self.source = source
        bytes = source.buffer
        self.plan = plan
        matcher = FilterMatcher(plan.filter)
        self.hasWords = hasWords && plan.wordsMask != 0
    }

    /// Searches a stretch that begins with a line and ends with one.
    func search(_ range: Range<Int>) -> SearchChunk {
        result = SearchChunk()
        empty = []
        limit = range.upperBound
        needles = plan.terms.map { $0.needle.map { NeedleCursor($0) } }
        backslash = NeedleCursor(ByteNeedle([0x5C]))
        references = NeedleCursor(ByteNeedle("\"content\":{".utf8))
        var offset = range.lowerBound
        while offset < limit, let line = RecordingLine.next(in: bytes, at: offset),
            line.bytes.lowerBound < limit
        {
            offset = line.bytes.upperBound
            switch line.kind {
            case .transition:
                judge(line.bytes)
                result.rows += 1
            case .content where hasWords: note(line)
            default: break
            }
        }
        return result
    }

    // MARK: Words

    /// Notes which conditions hold in words.
    private func note(_ line: RecordingLine) {
        let maybe = conditions(in: line.bytes)
        let text = UnsafeBufferPointer(rebasing: bytes[line.bytes])
        let digits = text.dropFirst(Self.contentHead.count).prefix(32)
        if maybe & plan.wordsMask == 0, text.starts(with: Self.contentHead),
            let id = ContentID(digits: UnsafeBufferPointer(rebasing: digits))
        {
            empty.insert(id)
            return
        }
        guard let (id, held) = plainWords(text, maybe) ?? decodedWords(line, maybe) else { return }
        if held == 0 { empty.insert(id) } else { result.words[id] = held }
    }

    /// The words of a line as this program writes it, without anything escaped.
    private func plainWords(_ line: UnsafeBufferPointer<UInt8>, _ maybe: UInt32) -> (ContentID, UInt32)? {
        let start = Self.contentHead.count + 32 + Self.textHead.count
        guard line.count >= start + 2, line.starts(with: Self.contentHead),
            line[(Self.contentHead.count + 32)...].starts(with: Self.textHead),
            line[line.count - 2] == 0x22, line[line.count - 1] == 0x7D,
            let id = ContentID(
                digits: UnsafeBufferPointer(rebasing: line[Self.contentHead.count..<start - 9])
            )
        else { return nil }
        let text = UnsafeBufferPointer(rebasing: line[start..<line.count - 2])
        guard let base = text.baseAddress, memchr(base, 0x5C, text.count) == nil,
            memchr(base, 0x22, text.count) == nil
        else { return nil }
        return (id, held(in: text, maybe))
    }

    private func decodedWords(_ line: RecordingLine, _ maybe: UInt32) -> (ContentID, UInt32)? {
        guard let content = RecordingScan.object(bytes, line).flatMap({ RecordedContent($0) }) else {
            return nil
        }
        var text = content.text
        return (content.id, text.withUTF8 { held(in: $0, maybe) })
    }

    private func held(in text: UnsafeBufferPointer<UInt8>, _ maybe: UInt32) -> UInt32 {
        var held: UInt32 = 0
        for index in plan.terms.indices where (maybe & plan.wordsMask) >> UInt32(index) & 1 == 1 {
            if matcher.fits(index, text) { held |= 1 << UInt32(index) }
        }
        return held
    }

    // MARK: Transitions

    /// The conditions that may hold in a line, as far as can be seen from its bytes.
    private func conditions(in line: Range<Int>) -> UInt32 {
        if isOdd(line) { return plan.allMask }
        var maybe: UInt32 = 0
        for index in needles.indices {
            if needles[index] == nil || needles[index]?.place(in: line, of: bytes, limit: limit) != nil {
                maybe |= 1 << UInt32(index)
            }
        }
        return maybe
    }

    /// Whether letters may be escaped in a line, as this program never does but others may.
    private func isOdd(_ line: Range<Int>) -> Bool {
        guard var place = backslash.place(in: line, of: bytes, limit: limit) else { return false }
        while place + 1 < line.upperBound {
            switch bytes[place + 1] {
            case UInt8(ascii: "/"): return true
            case UInt8(ascii: "u"):
                // Control characters have to be escaped, and nobody looks for them.
                guard place + 4 < line.upperBound, bytes[place + 2] == 0x30, bytes[place + 3] == 0x30,
                    bytes[place + 4] == 0x30 || bytes[place + 4] == 0x31
                else { return true }
            default: break
            }
            place += 2
            guard let base = bytes.baseAddress, place < line.upperBound,
                let next = memchr(base + place, 0x5C, line.upperBound - place)
            else { return false }
            place = UnsafeRawPointer(next) - UnsafeRawPointer(base)
        }
        return false
    }

    private func judge(_ line: Range<Int>) {
        let text = UnsafeBufferPointer(rebasing: bytes[line])
        guard text.starts(with: Self.usual) else { return decide(line, plan.allMask, []) }
        let maybe = conditions(in: line)
        let ids = hasWords ? contentIDs(line) : []
        guard let ids else { return decide(line, plan.allMask, []) }
        var inWords: UInt32 = 0
        var isOpen = false
        for id in ids {
            if let held = result.words[id] {
                inWords |= held
            } else if !empty.contains(id) {
                isOpen = true
            }
        }
        let reachable = maybe | inWords | (isOpen ? plan.wordsMask : 0)
        // A condition that must hold can't: most lines end here.
        guard (reachable | plan.negatedMask) & plan.allMask == plan.allMask else { return }
        if isOpen {
            let row = SearchChunk.Pending(row: result.rows, line: line, references: ids)
            return result.pending.append(row)
        }
        if maybe == 0, inWords == 0 {
            if plan.passes(0) { result.matches.append(result.rows) }
            return
        }
        decide(line, maybe, ids)
    }

    private func decide(_ line: Range<Int>, _ maybe: UInt32, _ ids: [ContentID]) {
        if passes(line, maybe, words: { self.result.words[$0] ?? 0 }) { result.matches.append(result.rows) }
    }

    /// Whether a pending line passes, now that all words before it are known.
    func passes(_ pending: SearchChunk.Pending, words: (ContentID) -> UInt32) -> Bool {
        passes(pending.line, plan.allMask, words: words)
    }

    private func passes(_ line: Range<Int>, _ maybe: UInt32, words: (ContentID) -> UInt32) -> Bool {
        let text = UnsafeBufferPointer(rebasing: bytes[line])
        if let raw = RawTransition(text) {
            return plan.passes(own(raw, maybe) | mask(raw.content, words))
        }
        guard case .success(let transition) = Transition.read(text) else {
            // What can't be read is shown as it is, and found as it is.
            var held: UInt32 = 0
            for index in plan.terms.indices
            where plan.terms[index].looksInLine && plan.filter.terms[index].field == nil {
                if matcher.fits(index, text) { held |= 1 << UInt32(index) }
            }
            return plan.passes(held)
        }
        return plan.passes(
            own(TransitionSubject(transition), maybe) | mask(transition.content.map(\.id), words)
        )
    }

    private func own(_ subject: some FilterSubject, _ maybe: UInt32) -> UInt32 {
        var held: UInt32 = 0
        for index in plan.terms.indices
        where maybe >> UInt32(index) & 1 == 1 && plan.terms[index].looksInLine {
            if matcher.holds(index, subject) { held |= 1 << UInt32(index) }
        }
        return held
    }

    private func mask(_ ids: [ContentID], _ words: (ContentID) -> UInt32) -> UInt32 {
        ids.reduce(0) { $0 | words($1) }
    }

    /// The ids that a line refers to; `nil` where that can't be told from its bytes.
    private func contentIDs(_ line: Range<Int>) -> [ContentID]? {
        guard let place = references.place(in: line, of: bytes, limit: limit) else { return [] }
        var ids: [ContentID] = []
        var rest = bytes[(place + 11)..<line.upperBound]
        while true {
            guard rest.popFirst() == 0x22, let end = rest.firstIndex(of: 0x22),
                rest.count > end - rest.startIndex + 36
            else { return nil }
            rest = rest[(end + 1)...]
            guard rest.starts(with: [0x3A, 0x22]) else { return nil }
            let digits = UnsafeBufferPointer(rebasing: rest.dropFirst(2).prefix(32))
            guard let id = ContentID(digits: digits) else { return nil }
            ids.append(id)
            rest = rest.dropFirst(34)
            guard rest.popFirst() == 0x22 else { return nil }
            switch rest.popFirst() {
            case 0x2C: continue
            case 0x7D:
                // Anything behind it may be more; in the body it may be something else.
                return rest.elementsEqual([0x7D, 0x7D]) ? ids : nil
            default: return nil
            }
        }
    }
}
