/// One check of a contract, which the tests of each implementation run.
public struct ContractCase<Subject>: Sendable, CustomStringConvertible {
    /// What holds, as a sentence.
    public let description: String
    private let body: @Sendable (Subject) async throws -> Void

    init(_ description: String, _ body: @escaping @Sendable (Subject) async throws -> Void) {
        self.description = description
        self.body = body
    }

    /// Runs the check on a new one, which has nothing in it yet.
    ///
    /// - Throws: A failure saying what didn't hold, or what the subject threw.
    public func run(_ subject: Subject) async throws { try await body(subject) }
}
