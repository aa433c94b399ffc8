import SomaCore

/// Where commands wait until an engine takes them, and their answers until whoever asked has them.
package protocol CommandInbox: Sendable {
    /// Rings when there may be new commands.
    var commands: Bell { get }
    /// Rings when there may be new answers.
    var answers: Bell { get }

    // For whoever asks.

    /// Puts a command in, unless one with the same key is there already.
    ///
    /// - Returns: Its place, which may be the earlier one's.
    func put(_ command: EngineCommand, key: String) async throws(StoreError) -> CommandPlace
    /// The answers that are there, by number, and `nil` for commands that are no longer kept.
    func answers(to numbers: [Int64]) async throws(StoreError) -> [Int64: [UInt8]?]
    /// Takes a command back.
    ///
    /// - Returns: Whether nobody had taken it.
    func withdraw(_ number: Int64) async throws(StoreError) -> Bool

    // For engines.

    /// Takes commands for runs that are held here or by nobody any more, in order, and at most `begins` that begin runs.
    func take(most: Int, begins: Int) async throws(StoreError) -> [TakenCommand]
    /// Keeps an answer.
    func answer(_ number: Int64, _ answer: [UInt8]) async throws(StoreError)
    /// Lets others take commands.
    func giveBack(_ numbers: [Int64]) async throws(StoreError)
    /// Forgets what nobody asks for any more.
    func tidy() async throws(StoreError)
}

/// A command that this process has taken.
package struct TakenCommand: Sendable {
    /// Its number.
    package let number: Int64
    /// What is asked, as it was kept.
    package let bytes: [UInt8]

    package init(number: Int64, bytes: [UInt8]) {
        self.number = number
        self.bytes = bytes
    }
}

/// Where a command was put.
package struct CommandPlace: Sendable, Hashable {
    /// Its number.
    package let number: Int64
    /// Whether it is there since now. What was there before is another's: only he may take it back.
    package let isNew: Bool

    package init(number: Int64, isNew: Bool) {
        self.number = number
        self.isNew = isNew
    }
}
