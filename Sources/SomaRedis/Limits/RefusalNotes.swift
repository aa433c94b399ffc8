/// Which refusals of a server are worth saying: one that goes on once, and those that come and go once a minute at most.
struct RefusalNotes: Sendable {
    /// Microseconds between two that are said.
    private static let rest: Int64 = 60_000_000

    /// What was said and goes on.
    private var code: String?
    /// Until when nothing more is said.
    private var quietUntil = Int64.min

    /// Whether to say that the server refuses something, for the reason `code`, at `now` in microseconds.
    mutating func isNews(_ code: String, at now: Int64) -> Bool {
        guard code != self.code, now >= quietUntil else { return false }
        self.code = code
        quietUntil = now + Self.rest
        return true
    }

    /// It refuses nothing any more.
    mutating func ends() { code = nil }
}
