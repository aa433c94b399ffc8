public import CoreMetrics
import Synchronization

/// One series of a counter. Safe from any thread; adding takes a few nanoseconds.
///
/// What is negative, not finite or not a number is ignored: a counter that shrinks reads as a restart.
public final class CounterSeries: CounterHandler, FloatingPointCounterHandler {
    private let whole = Atomic<UInt64>(0)
    private let fraction = AtomicDouble(0)

    init() {}

    /// Adds a whole number.
    public func increment(by amount: Int64) {
        guard amount > 0 else { return }
        whole.wrappingAdd(UInt64(amount), ordering: .relaxed)
    }

    /// Adds a number.
    public func increment(by amount: Double) {
        guard amount > 0, amount.isFinite else { return }
        fraction.add(amount)
    }

    /// Begins again at 0.
    public func reset() {
        whole.store(0, ordering: .relaxed)
        fraction.set(0)
    }

    var value: Double {
        Double(whole.load(ordering: .relaxed)) + fraction.value
    }
}

/// One series of a gauge. Safe from any thread; any number is kept, `NaN` and infinities too.
public final class GaugeSeries: MeterHandler, RecorderHandler {
    private let current = AtomicDouble(0)

    init() {}

    /// Replaces the value.
    public func set(_ value: Int64) {
        current.set(Double(value))
    }

    /// Replaces the value.
    public func set(_ value: Double) {
        current.set(value)
    }

    /// Adds to the value.
    public func increment(by amount: Double) {
        current.add(amount)
    }

    /// Subtracts from the value.
    public func decrement(by amount: Double) {
        current.add(-amount)
    }

    /// Replaces the value.
    public func record(_ value: Int64) {
        set(value)
    }

    /// Replaces the value.
    public func record(_ value: Double) {
        set(value)
    }

    var value: Double {
        current.value
    }
}

/// One series of a histogram. Safe from any thread; observing takes a few nanoseconds a bound.
///
/// What is not finite is ignored: one of them would spoil the sum for as long as the process lives.
///
/// `@unchecked Sendable`: the memory is made in `init`, freed in `deinit`, and between them only its
/// atomics are used.
public final class HistogramSeries: RecorderHandler, TimerHandler, @unchecked Sendable {
    let bounds: [Double]
    private let counts: UnsafeMutablePointer<Atomic<UInt64>>
    private let sum = AtomicDouble(0)

    init(bounds: [Double]) {
        self.bounds = bounds
        counts = .allocate(capacity: bounds.count + 1)
        for index in 0...bounds.count { (counts + index).initialize(to: Atomic(0)) }
    }

    deinit {
        counts.deinitialize(count: bounds.count + 1)
        counts.deallocate()
    }

    /// Counts an observation.
    public func record(_ value: Double) {
        guard value.isFinite else { return }
        var index = 0
        while index < bounds.count, bounds[index] < value { index += 1 }
        counts[index].wrappingAdd(1, ordering: .relaxed)
        sum.add(value)
    }

    /// Counts an observation.
    public func record(_ value: Int64) {
        record(Double(value))
    }

    /// Counts a length of time, in seconds; negative ones are ignored.
    public func recordNanoseconds(_ duration: Int64) {
        guard duration >= 0 else { return }
        record(Double(duration) / 1_000_000_000)
    }

    /// Counts a length of time, in seconds; negative ones are ignored.
    public func record(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        guard seconds >= 0, attoseconds >= 0 else { return }
        record(Double(seconds) + Double(attoseconds) / 1e18)
    }

    /// The counts at or below each bound and in total, and the sum. The total is the last count, so they agree.
    var snapshot: (cumulative: [UInt64], sum: Double) {
        var total: UInt64 = 0
        let cumulative = (0...bounds.count).map { index in
            total &+= counts[index].load(ordering: .relaxed)
            return total
        }
        return (cumulative, sum.value)
    }
}
