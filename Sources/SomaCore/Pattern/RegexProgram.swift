/// A pattern as a machine with many next states (an NFA) over bytes.
struct RegexProgram: Sendable {
    enum Step: Sendable {
        case bytes(UInt8, UInt8, next: Int32)
        case fork(Int32, Int32)
        case assertion(RegexAssertion, next: Int32)
        case match
    }

    static let stepsMax = 20_000

    private(set) var steps: [Step] = []
    private(set) var start: Int32 = 0
    let mode: LinearRegex.Mode
    private(set) var hasAssertions = false
    /// For each byte, the number of its class: bytes of one class are never told apart.
    private(set) var classes: [UInt8] = []
    private(set) var classCount = 0

    init(_ node: RegexNode, mode: LinearRegex.Mode, ignoresCase: Bool) throws(LinearRegexError) {
        self.mode = mode
        let end = try add(.match)
        start = try compile(node, next: end, folds: ignoresCase)
        (classes, classCount) = Self.byteClasses(steps)
    }

    private mutating func add(_ step: Step) throws(LinearRegexError) -> Int32 {
        guard steps.count < Self.stepsMax else {
            throw LinearRegexError(offset: 0, message: "the pattern is too large")
        }
        steps.append(step)
        return Int32(steps.count - 1)
    }

    /// Compiles back to front: every piece is told what follows it.
    private mutating func compile(
        _ node: RegexNode,
        next: Int32,
        folds: Bool
    ) throws(LinearRegexError) -> Int32 {
        switch node {
        case .sequence(let nodes):
            var next = next
            for node in nodes.reversed() { next = try compile(node, next: next, folds: folds) }
            return next
        case .alternatives(let nodes):
            var entry: Int32?
            for node in nodes.reversed() {
                let branch = try compile(node, next: next, folds: folds)
                entry =
                    try entry.map { other throws(LinearRegexError) in try add(.fork(branch, other)) }
                    ?? branch
            }
            return entry ?? next
        case .scalars(let ranges): return try compile(ranges, next: next, folds: folds)
        case .repeated(let inner, let minimum, let maximum):
            var next = next
            if let maximum {
                let end = next
                for _ in minimum..<max(minimum, maximum) {
                    let body = try compile(inner, next: next, folds: folds)
                    next = try add(.fork(body, end))
                }
            } else {
                let loop = try add(.fork(0, next))
                let body = try compile(inner, next: loop, folds: folds)
                steps[Int(loop)] = .fork(body, next)
                next = loop
            }
            for _ in 0..<minimum { next = try compile(inner, next: next, folds: folds) }
            return next
        case .assertion(let assertion):
            hasAssertions = true
            return try add(.assertion(assertion, next: next))
        }
    }

    private mutating func compile(
        _ ranges: [ClosedRange<UInt32>],
        next: Int32,
        folds: Bool
    ) throws(LinearRegexError) -> Int32 {
        var ranges = RegexClass.normalized(folds ? RegexClass.folded(ranges) : ranges)
        if mode == .lines {
            // Without its line feed a class keeps every match inside one line.
            let others = RegexClass.complement([0x0A...0x0A])
            ranges = ranges.flatMap { range in
                others.compactMap { $0.overlaps(range) ? $0.clamped(to: range) : nil }
            }
        }
        var entry: Int32?
        for range in ranges {
            for sequence in RegexClass.utf8(range) {
                var next = next
                for bytes in sequence.reversed() {
                    next = try add(.bytes(bytes.lowerBound, bytes.upperBound, next: next))
                }
                entry =
                    try entry.map { other throws(LinearRegexError) in try add(.fork(next, other)) } ?? next
            }
        }
        // An empty set matches nothing: a range that no byte is in.
        return try entry ?? add(.bytes(1, 0, next: next))
    }

    private static func byteClasses(_ steps: [Step]) -> ([UInt8], Int) {
        var isEdge = [Bool](repeating: false, count: 257)
        func mark(_ low: UInt8, _ high: UInt8) {
            isEdge[Int(low)] = true
            isEdge[Int(high) + 1] = true
        }
        for step in steps {
            switch step {
            case .bytes(let low, let high, _) where low <= high: mark(low, high)
            default: break
            }
        }
        // What assertions ask about must be told apart too.
        mark(0x0A, 0x0A)
        for range in RegexClass.word { mark(UInt8(range.lowerBound), UInt8(range.upperBound)) }
        var classes: [UInt8] = []
        var current = 0
        for byte in 0..<256 {
            if byte > 0, isEdge[byte] { current += 1 }
            classes.append(UInt8(current))
        }
        return (classes, current + 1)
    }
}
