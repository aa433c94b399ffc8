package import SomaCore

/// Numbers that look random and are the same for the same seed (SplitMix64).
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Creates a generator.
    public init(seed: UInt64) { state = seed }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    /// A number from 0 to below `bound`; 0 where there is no such number.
    public mutating func below(_ bound: Int) -> Int {
        guard bound > 0 else { return 0 }
        return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// A number of a range.
    public mutating func number(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + below(range.upperBound - range.lowerBound + 1)
    }

    /// Whether something that is this likely happens.
    public mutating func chance(_ likelihood: Double) -> Bool {
        Double(next() >> 11) < likelihood * 9_007_199_254_740_992
    }

    /// One of some; `nil` where there are none.
    public mutating func pick<Element>(_ elements: [Element]) -> Element? {
        elements.isEmpty ? nil : elements[below(elements.count)]
    }
}

/// A number that says whether two simulations went the same way: FNV-1a over words of eight bytes.
package struct EventHash: Sendable, Hashable {
    package private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    package init() {}

    package mutating func add(_ number: UInt64) {
        value = (value ^ number) &* 0x100_0000_01B3
        value ^= value >> 29
    }

    package mutating func add(_ number: Int) { add(UInt64(bitPattern: Int64(number))) }

    package mutating func add(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { raw in
            var offset = 0
            while offset + 8 <= raw.count {
                add(UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
                offset += 8
            }
            for byte in raw[offset...] { add(UInt64(byte)) }
        }
        add(bytes.count)
    }

    package mutating func add(_ text: String) {
        for byte in text.utf8 { add(UInt64(byte)) }
    }
}

extension SeededGenerator {
    /// A generator for the decision that a visit to a node makes: the same whenever it is made again.
    package init(run: RunID, visit: Int, answers: Int) {
        var hash = EventHash()
        hash.add(run.rawValue)
        hash.add(visit)
        hash.add(answers)
        self.init(seed: hash.value)
    }
}
