/// Runs a program by building the machine with one next state (a DFA) as far as the text needs it.
///
/// A DFA state is the set of program steps reached before the next byte, and what the byte before was; whether an
/// assertion holds is decided when the next byte is known. A match is therefore seen one byte late.
package struct RegexMatcher {
    /// What precedes the place, as far as assertions ask.
    private enum Before: UInt8 { case start, word, other }

    private struct State: Hashable {
        let steps: [Int32]
        let before: Before
    }

    /// The cache is thrown away when it holds this many states: memory stays bounded for any text.
    private static let statesMax = 4_000
    private static let unknown: Int32 = -1
    private static let matched: Int32 = -2

    private let program: RegexProgram
    private let width: Int
    private var states: [State] = []
    private var numbers: [State: Int32] = [:]
    private var table: [Int32] = []
    private var seen: [UInt32]
    private var mark: UInt32 = 0
    private var stack: [Int32] = []

    private let needle: ByteNeedle?
    private let isLiteral: Bool

    /// A matcher with a cache of its own: for one thread, and worth keeping while texts come.
    package init(_ regex: LinearRegex) {
        needle = regex.needle
        isLiteral = regex.isLiteral
        program = regex.program
        width = program.classCount + 1
        seen = [UInt32](repeating: 0, count: program.steps.count)
    }

    /// Whether the pattern matches anywhere in the bytes.
    package mutating func matches(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        if let needle {
            guard needle.isFound(in: bytes) else { return false }
            if isLiteral { return true }
        }
        return firstMatchEnd(in: bytes, from: 0) != nil
    }

    /// Where the match that ends first ends; `nil` for none.
    ///
    /// `start` must be 0 or, in line mode, a line's first byte.
    package mutating func firstMatchEnd(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        scan(bytes, from: start, anchored: false)
    }

    /// Whether a match begins at `start`.
    package mutating func matchBegins(at start: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        scan(bytes, from: start, anchored: true) != nil
    }

    private mutating func scan(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int, anchored: Bool) -> Int? {
        if anchored != isAnchored {
            isAnchored = anchored
            reset()
        }
        let before: Before =
            if start == 0 || (program.mode == .lines && bytes[start - 1] == 0x0A) {
                .start
            } else {
                Self.isWord(bytes[start - 1]) ? .word : .other
            }
        var current = number(of: State(steps: [program.start], before: before))
        var position = start
        let end = bytes.count
        while position < end {
            // The inner loop touches nothing but the table: it is what a search spends its time in.
            var next: Int32 = 0
            table.withUnsafeBufferPointer { table in
                program.classes.withUnsafeBufferPointer { classes in
                    while position < end {
                        next = table[Int(current) * width + Int(classes[Int(bytes[position])])]
                        guard next >= 0 else { return }
                        current = next
                        position += 1
                    }
                }
            }
            guard position < end else { break }
            if next == Self.matched { return position }
            next = advance(from: &current, byte: bytes[position])
            if next == Self.matched { return position }
            current = next
            position += 1
            if anchored, states[Int(current)].steps.isEmpty { return nil }
        }
        return advance(from: &current, byte: nil) == Self.matched ? end : nil
    }

    private var isAnchored = false

    private mutating func reset() {
        states.removeAll(keepingCapacity: true)
        numbers.removeAll(keepingCapacity: true)
        table.removeAll(keepingCapacity: true)
    }

    private mutating func number(of state: State) -> Int32 {
        if let number = numbers[state] { return number }
        let number = Int32(states.count)
        states.append(state)
        numbers[state] = number
        table.append(contentsOf: repeatElement(Self.unknown, count: width))
        return number
    }

    /// Works out one cell of the table; `byte` is `nil` at the end of the text.
    private mutating func advance(from current: inout Int32, byte: UInt8?) -> Int32 {
        let column = byte.map { Int(program.classes[Int($0)]) } ?? program.classCount
        let known = table[Int(current) * width + column]
        if known != Self.unknown { return known }
        let state = states[Int(current)]
        guard let reached = closure(of: state, next: byte) else {
            table[Int(current) * width + column] = Self.matched
            return Self.matched
        }
        guard let byte else { return current }
        var steps: [Int32] = []
        for step in reached {
            guard case .bytes(let low, let high, let next) = program.steps[Int(step)], low <= byte,
                byte <= high
            else { continue }
            steps.append(next)
        }
        if !isAnchored { steps.append(program.start) }
        steps = Array(Set(steps)).sorted()
        if states.count >= Self.statesMax {
            reset()
            current = number(of: state)
        }
        let next = number(of: State(steps: steps, before: before(after: byte)))
        table[Int(current) * width + column] = next
        return next
    }

    private func before(after byte: UInt8) -> Before {
        guard program.hasAssertions else { return .other }
        if byte == 0x0A, program.mode == .lines { return .start }
        return Self.isWord(byte) ? .word : .other
    }

    /// The steps that wait for a byte; `nil` when the match is complete.
    private mutating func closure(of state: State, next: UInt8?) -> [Int32]? {
        mark &+= 1
        stack = state.steps
        var waiting: [Int32] = []
        while let step = stack.popLast() {
            guard seen[Int(step)] != mark else { continue }
            seen[Int(step)] = mark
            switch program.steps[Int(step)] {
            case .match: return nil
            case .bytes: waiting.append(step)
            case .fork(let first, let second):
                stack.append(first)
                stack.append(second)
            case .assertion(let assertion, let following):
                if holds(assertion, state.before, next) { stack.append(following) }
            }
        }
        return waiting
    }

    private func holds(_ assertion: RegexAssertion, _ before: Before, _ next: UInt8?) -> Bool {
        switch assertion {
        case .start: before == .start
        case .end: next == nil || (program.mode == .lines && next == 0x0A)
        case .wordBoundary: (before == .word) != (next.map(Self.isWord) ?? false)
        case .noWordBoundary: (before == .word) == (next.map(Self.isWord) ?? false)
        }
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        (byte >= 0x30 && byte <= 0x39) || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A) || byte == 0x5F
    }
}
