public import SomaCore

/// How a store is opened.
public struct StoreOptions: Sendable {
    /// When a commit counts as done.
    public enum Durability: String, Sendable {
        /// When the disk has it: survives a loss of power.
        case full = "FULL"
        /// When the kernel has it: survives a crash of the program. For tests and comparisons.
        case off = "OFF"
    }

    /// When a commit counts as done.
    public var durability = Durability.full
    /// The version of the program, kept in the file and in the lock.
    public var version = "0.1.0"
    /// The time, for the lock.
    public var now: @Sendable () -> Timestamp = { Timestamp.system() }
    /// How long the write-ahead log may be, in 4 KiB pages, before it is copied into the file.
    public var checkpointPages = 4096
    /// How many pages the file may have; `nil` for as many as the disk takes.
    public var pagesMax: Int?

    /// The defaults.
    public init() {}
}
