/// What can be seen of a filter in the bytes of a recording, before anything is decoded.
struct SearchPlan: Sendable {
    /// One condition.
    struct Term: Sendable {
        /// Bytes that a line must hold where the condition holds in it; `nil` where nothing can be said.
        var needle: ByteNeedle?
        /// Whether texts that a transition refers to count.
        var looksInWords: Bool
        /// Whether the transition itself counts.
        var looksInLine: Bool
        var isNegated: Bool
    }

    let filter: Filter
    let terms: [Term]
    /// For each bit whether that condition looks in words.
    let wordsMask: UInt32
    let negatedMask: UInt32
    let allMask: UInt32

    init(_ filter: Filter) {
        self.filter = filter
        let terms = filter.terms.prefix(Filter.termsMax).map { term in
            let isWords = term.field?.name == "words"
            let isFree = term.field == nil
            return Term(
                needle: Self.needle(term),
                looksInWords: isWords || isFree,
                looksInLine: !isWords,
                isNegated: term.isNegated
            )
        }
        self.terms = terms
        func mask(_ holds: (Term) -> Bool) -> UInt32 {
            terms.enumerated().reduce(0) { holds($1.element) ? $0 | 1 << UInt32($1.offset) : $0 }
        }
        wordsMask = mask(\.looksInWords)
        negatedMask = mask(\.isNegated)
        allMask = mask { _ in true }
    }

    /// Whether a thing passes of which each condition is known.
    @inline(__always)
    func passes(_ held: UInt32) -> Bool { (held ^ negatedMask) & allMask == allMask }

    private static func needle(_ term: Filter.Term) -> ByteNeedle? {
        // A level isn't written anywhere.
        guard case .text(let patterns) = term.test, patterns.count == 1, term.field?.name != "level" else {
            return nil
        }
        switch patterns[0] {
        case .literal(let needle): return longest(needle)
        case .regex(let regex): return regex.needle.flatMap { longest($0) }
        case .fuzzy: return nil
        }
    }

    /// The longest part that is written in only one way: without what JSON escapes or may put blanks beside.
    private static func longest(_ needle: ByteNeedle) -> ByteNeedle? {
        let special = Set("\"\\/:,{}[]".utf8)
        let parts = needle.bytes.split { $0 < 0x20 || special.contains($0) }
        guard let best = parts.max(by: { $0.count < $1.count }) else { return nil }
        return ByteNeedle(best, foldsCase: needle.foldsCase)
    }
}

/// The next place of a needle, kept while lines go by: each byte is looked at once however often it is asked.
struct NeedleCursor {
    private let needle: ByteNeedle
    private var next = -1

    init(_ needle: ByteNeedle) { self.needle = needle }

    /// The first place of the needle in a line; lines must come in order and end within `limit`.
    @inline(__always)
    mutating func place(
        in line: Range<Int>,
        of bytes: UnsafeBufferPointer<UInt8>,
        limit: Int
    ) -> Int? {
        if next < line.lowerBound {
            let rest = UnsafeBufferPointer(rebasing: bytes[line.lowerBound..<limit])
            next = needle.find(in: rest).map { $0 + line.lowerBound } ?? .max
        }
        return next < line.upperBound ? next : nil
    }
}
