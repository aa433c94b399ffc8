import SomaLoop

/// Commands that one caller waits for; the first answer counts.
final class RedisCall: Sendable {
    let commands: [RedisCommand]
    let deadline: ContinuousClock.Instant
    private let reply = LoopReply<[RedisValue], RedisError>()

    init(_ commands: [RedisCommand], deadline: ContinuousClock.Instant) {
        (self.commands, self.deadline) = (commands, deadline)
    }

    /// Whether nobody waits any more.
    var isOver: Bool { reply.isOver }

    /// Calls `start`, then waits. A cancelled caller waits no longer; what it sent may be carried out all the same.
    func wait(start: () -> Void) async throws(RedisError) -> [RedisValue] {
        try await reply.wait(start: start) { [reply] in reply.finish(.failure(.cancelled)) }
    }

    func finish(_ outcome: Result<[RedisValue], RedisError>) { reply.finish(outcome) }
}

/// What the loop is told.
enum RedisMessage: Sendable {
    case call(RedisCall)
    case connected(Result<ConnectedRedis, RedisError>)
    case stop
}

typealias RedisMailbox = LoopMailbox<RedisMessage>
