/// Random numbers that are the same for the same seed: SplitMix64
/// (https://prng.di.unimi.it/splitmix64.c, by Sebastiano Vigna).
struct SyntheticGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Whether something happens that does so in `percent` of a hundred cases.
    mutating func happens(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }

    mutating func pick<Value>(_ values: [Value]) -> Value {
        values[Int.random(in: values.indices, using: &self)]
    }

    mutating func content() -> ContentID { ContentID(high: next(), low: next()) }

    mutating func hexadecimal(_ count: Int) -> String {
        var output: [UInt8] = []
        while output.count < count { ContentID.write(next(), to: &output) }
        return String(decoding: output.prefix(count), as: UTF8.self)
    }
}
