import Synchronization

/// A floating-point number that many threads may change.
struct AtomicDouble: ~Copyable {
    private let bits: Atomic<UInt64>

    init(_ value: Double) {
        bits = Atomic(value.bitPattern)
    }

    var value: Double {
        Double(bitPattern: bits.load(ordering: .relaxed))
    }

    func set(_ value: Double) {
        bits.store(value.bitPattern, ordering: .relaxed)
    }

    func add(_ amount: Double) {
        var old = bits.load(ordering: .relaxed)
        while true {
            let new = (Double(bitPattern: old) + amount).bitPattern
            let (isExchanged, seen) = bits.weakCompareExchange(
                expected: old,
                desired: new,
                ordering: .relaxed
            )
            if isExchanged { return }
            old = seen
        }
    }
}
