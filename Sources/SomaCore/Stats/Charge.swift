/// What a run itself was charged at one moment: one `budget.charged` of its log.
///
/// What a child used is charged in the child's log; the copy that its parent's log has of a late charge is no
/// `Charge`, so that summing all charges counts nothing twice.
package struct Charge: Sendable, Hashable {
    /// What was paid for.
    package enum Source: String, Sendable, Hashable, CaseIterable {
        /// A call to a model.
        case model
        /// A call to a tool.
        case tool
        /// Nothing that the record names.
        case other
    }

    /// The run that pays.
    package var run: RunID
    /// The charge's place in the run's log.
    package var seq: Int
    /// When it was charged.
    package var at: Timestamp
    /// What was paid for.
    package var source: Source
    /// The model or tool; empty where the record names none.
    package var name: String
    /// The seq of the call's `effect.requested`, where there is one.
    package var effect: Int?
    /// Which try of the call, from 1; 0 where the record doesn't say.
    package var attempt: Int
    /// How the amounts are known.
    package var provenance: Provenance
    /// The amounts.
    package var usage: Usage
    /// Tokens that went in, where they are told apart.
    package var input: Int?
    /// Tokens that came out, where they are told apart.
    package var output: Int?
    /// Whether the call had been given up before.
    package var isLate: Bool
}
