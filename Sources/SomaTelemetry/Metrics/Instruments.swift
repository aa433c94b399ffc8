public import CoreMetrics
import Synchronization

/// One series of a counter. Safe from any thread; adding takes a few nanoseconds.
///
/// What is negative, not finite or not a number is ignored: a counter that shrinks reads as a restart.
public final class CounterSeries: CounterHandler, FloatingPointCounterHandler {
    private let whole = Atomic<UInt64>(0)
    private let fraction = AtomicDouble(0)
    private let latest = Mutex<Exemplar?>(nil)

    init() {}

    /// Adds a whole number.
    public func increment(by amount: Int64) {
        guard amount > 0 else { return }
        whole.wrappingAdd(UInt64(amount), ordering: .relaxed)
    }

    /// Adds a whole number, and remembers the span that it was for.
    /// - Parameters:
    ///   - amount: At least 1; less is ignored.
    ///   - trace: The span; nil where there is none.
    ///   - secondsSince1970: When; nil leaves it to the scrape.
    public func increment(by amount: Int64, for trace: TraceReference?, at secondsSince1970: Double? = nil) {
        guard amount > 0 else { return }
        increment(by: amount)
        remember(Double(amount), trace, secondsSince1970)
    }

    /// Adds a number, and remembers the span that it was for.
    /// - Parameters:
    ///   - amount: More than 0 and finite; else it is ignored.
    ///   - trace: The span; nil where there is none.
    ///   - secondsSince1970: When; nil leaves it to the scrape.
    public func increment(by amount: Double, for trace: TraceReference?, at secondsSince1970: Double? = nil) {
        guard amount > 0, amount.isFinite else { return }
        increment(by: amount)
        remember(amount, trace, secondsSince1970)
    }

    private func remember(_ amount: Double, _ trace: TraceReference?, _ at: Double?) {
        guard let trace else { return }
        // One of many is enough: nobody waits where another is being written.
        latest.withLockIfAvailable { $0 = Exemplar(value: amount, trace: trace, secondsSince1970: at) }
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
        latest.withLock { $0 = nil }
    }

    var exemplar: Exemplar? { latest.withLock { $0 } }

    /// What was added so far.
    package var value: Double {
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
    /// The latest of each bucket; empty until there is one.
    private let latest = Mutex<[Exemplar?]>([])

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
        record(value, for: nil)
    }

    /// Counts an observation, and remembers the span that it was made in.
    /// - Parameters:
    ///   - value: What is not finite is ignored.
    ///   - trace: The span; nil where there is none.
    ///   - secondsSince1970: When; nil leaves it to the scrape.
    public func record(_ value: Double, for trace: TraceReference?, at secondsSince1970: Double? = nil) {
        guard value.isFinite else { return }
        let index = bucket(of: value)
        counts[index].wrappingAdd(1, ordering: .relaxed)
        sum.add(value)
        guard let trace else { return }
        // One of many is enough: nobody waits where another is being written.
        latest.withLockIfAvailable { latest in
            if latest.isEmpty { latest = Array(repeating: nil, count: bounds.count + 1) }
            latest[index] = Exemplar(value: value, trace: trace, secondsSince1970: secondsSince1970)
        }
    }

    private func bucket(of value: Double) -> Int {
        var index = 0
        while index < bounds.count, bounds[index] < value { index += 1 }
        return index
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
        record(duration, for: nil)
    }

    /// Counts a length of time, in seconds, and remembers the span that took it; negative ones are ignored.
    /// - Parameters:
    ///   - duration: How long it took.
    ///   - trace: The span; nil where there is none.
    ///   - secondsSince1970: When it ended; nil leaves it to the scrape.
    public func record(_ duration: Duration, for trace: TraceReference?, at secondsSince1970: Double? = nil) {
        let (seconds, attoseconds) = duration.components
        guard seconds >= 0, attoseconds >= 0 else { return }
        record(Double(seconds) + Double(attoseconds) / 1e18, for: trace, at: secondsSince1970)
    }

    /// The latest exemplar of each bucket, the one of `+Inf` last; empty where there is none.
    var exemplars: [Exemplar?] { latest.withLock { $0 } }

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
