import SomaLoop

/// A request and what the loop knows of it; only the loop's thread touches it.
final class Flight {
    let request: PostgresRequest
    /// Until when it may wait for a connection.
    let deadline: ContinuousClock.Instant
    var results: [[PostgresRow]] = []
    var error: PostgresError?
    var usedPrepared = false
    /// Statements are sent as they are, without preparing them.
    var isPlain = false
    /// How long it was at the front of its connection.
    var took = Duration.zero
    /// Times that it was put on the way again.
    var repeats = 0
    /// Until when a cancelled one may take to end.
    var cancelDeadline: ContinuousClock.Instant?

    init(_ request: PostgresRequest, deadline: ContinuousClock.Instant) {
        self.request = request
        self.deadline = deadline
    }

    var isCancelled: Bool { request.reply.isCancelled }

    /// The texts bound to the statement whose result comes next.
    var currentTexts: [String] {
        request.statements.indices.contains(results.count) ? request.statements[results.count].texts : []
    }

    /// Ready to be sent anew.
    func rewind() {
        results = []
        error = nil
        usedPrepared = false
        repeats += 1
    }

    func finish(_ error: PostgresError?) {
        request.reply.finish(error.map { .failure($0) } ?? .success(results))
    }
}
