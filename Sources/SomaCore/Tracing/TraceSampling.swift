/// Which traces are exported whatever becomes of them: a share of all, chosen by their ids alone, so that every process
/// and every start choose the same.
public struct TraceSampling: Sendable, Hashable {
    /// The share, 0 to 1.
    public let ratio: Double
    private let bound: UInt64

    /// Chooses a share.
    /// - Parameter ratio: Held within 0 and 1; what is no number is 0.
    public init(ratio: Double) {
        self.ratio = ratio.isNaN ? 0 : min(1, max(0, ratio))
        bound = UInt64(self.ratio * 0x1p63)
    }

    /// All of them.
    public static let all = TraceSampling(ratio: 1)

    /// Whether a trace is chosen.
    ///
    /// The last eight bytes of its id decide, as in OpenTelemetry's `TraceIdRatioBased`, so that others with the same share
    /// choose the same.
    /// - Parameter caller: What a caller that began the trace has chosen for it; `nil` where it began here.
    public func includes(_ trace: TraceID, caller: Bool? = nil) -> Bool { caller ?? (trace.low >> 1 < bound) }
}
