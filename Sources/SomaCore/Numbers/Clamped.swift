/// Sums of numbers that come from elsewhere: they end at the type's ends instead of ending the process.
extension FixedWidthInteger {
    /// The sum, or the end of the type that it lies beyond.
    package func addingClamped(_ other: Self) -> Self {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }

    /// The difference, or the end of the type that it lies beyond.
    package func subtractingClamped(_ other: Self) -> Self {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other < 0 ? .max : .min) : difference
    }

    /// Adds, up to the type's end.
    package mutating func increase(by other: Self = 1) { self = addingClamped(other) }
}
