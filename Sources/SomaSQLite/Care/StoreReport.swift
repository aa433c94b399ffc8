/// What `check()` found.
public struct StoreReport: Sendable {
    /// What is wrong, a sentence each; empty when all is well.
    public var problems: [String] = []
    /// How much is there.
    public var statistics = StoreStatistics()
    /// The schema's version.
    public var schema = 0
    /// The version of Soma that made the file.
    public var createdBy = ""
    /// The version of Soma that last changed its schema.
    public var writtenBy = ""
    /// How many stored states were compared with the fold of the log.
    public var statesCompared = 0

    /// The most problems that are listed.
    public static let problemsMax = 100
}
