internal import CHiredis
import SomaLoop

/// One connection as the loop has it: what is on its way on it, and what came back.
final class RedisConnection {
    /// Who an answer is for, in the order in which they will come.
    enum Expected {
        case greeting(Greeting)
        case call(RedisCall, isLast: Bool)
    }

    /// What is said before the connection is used.
    enum Greeting {
        case password, database, name, ping, script

        /// Whether nothing can be had of a server that answers so.
        fileprivate func isDecided(by error: RedisError) -> Bool {
            switch self {
            // A server that has no room answers whatever comes first, and hangs up.
            case .password, .database, .ping: true
            case .name: false
            // Who may run no scripts, or has no room for more, has the rest.
            case .script: error.kind == .serverTooOld
            }
        }
    }

    /// Bytes of one answer that are more than anything of ours can be.
    private static let answerBytesMax = 64 << 20

    /// What limits need of a server, and one before 5 refuses: a script that asks for the time and then writes.
    private static let script = "redis.call('TIME') return redis.call('DEL', KEYS[1])"

    private let context: UnsafeMutablePointer<redisContext>
    let descriptor: Int32
    private(set) var expected = Fifo<Expected>()
    /// What the call at the front has got so far.
    private var values: [RedisValue] = []
    /// The server doesn't take as much as there is.
    private(set) var wantsToWrite = false

    init(_ connected: ConnectedRedis) {
        context = connected.context
        descriptor = soma_redis_descriptor(connected.context)
    }

    /// Closes the connection; nothing of it may be used afterwards.
    func close() { redisFree(context) }

    /// Who waits at the front.
    var firstCall: RedisCall? {
        if case .call(let call, _) = expected.first { call } else { nil }
    }

    // MARK: Sending

    func greet(_ options: RedisOptions) -> Bool {
        if let password = options.password {
            var command = RedisCommand("AUTH")
            if let user = options.user { command = command.adding(user) }
            guard append(command.adding(password), .greeting(.password)) else { return false }
        }
        if options.database != 0 {
            guard append(RedisCommand("SELECT", "\(options.database)"), .greeting(.database)) else {
                return false
            }
        }
        let name = options.name.map { $0.isASCII && $0 > " " ? $0 : "-" }
        guard append(RedisCommand("CLIENT", "SETNAME", String(name)), .greeting(.name)),
            append(RedisCommand("PING"), .greeting(.ping)),
            append(RedisCommand("EVAL", Self.script, "1", "soma:probe"), .greeting(.script))
        else { return false }
        return flush()
    }

    /// Puts a call on the way; `false` when the connection is broken.
    func send(_ call: RedisCall) -> Bool {
        for (index, command) in call.commands.enumerated() {
            guard append(command, .call(call, isLast: index == call.commands.count - 1)) else { return false }
        }
        return true
    }

    private func append(_ command: RedisCommand, _ answer: Expected) -> Bool {
        guard
            soma_redis_append(context, command.bytes, command.lengths, Int32(command.lengths.count))
                == REDIS_OK
        else { return false }
        expected.append(answer)
        return true
    }

    /// Hands to the socket what it takes; `false` when the connection is broken.
    func flush() -> Bool {
        var isDone: Int32 = 0
        guard redisBufferWrite(context, &isDone) == REDIS_OK else { return false }
        wantsToWrite = isDone == 0
        return true
    }

    // MARK: Receiving

    /// What came: answers to greetings. Calls are finished here. Throws when the connection is of no use any more.
    func receive() throws(RedisError) -> [(Greeting, RedisValue)] {
        var greetings: [(Greeting, RedisValue)] = []
        var failure: RedisError?
        // Until the socket has no more: what TLS has decoded already rings no bell.
        while failure == nil {
            let before = soma_redis_unread(context)
            if redisBufferRead(context) != REDIS_OK { failure = lossWords }
            if failure == nil, soma_redis_unread(context) == before { break }
            if soma_redis_unread(context) > Self.answerBytesMax { failure = .unexpected }
            do throws(RedisError) { try read(&greetings) } catch { failure = error }
        }
        // What was answered before the loss counts.
        if let failure { throw failure }
        return greetings
    }

    private func read(_ greetings: inout [(Greeting, RedisValue)]) throws(RedisError) {
        while true {
            var reply: UnsafeMutableRawPointer?
            guard redisGetReplyFromReader(context, &reply) == REDIS_OK else { throw .unexpected }
            guard let reply else { return }
            let value = RedisValue(copying: reply.assumingMemoryBound(to: redisReply.self).pointee)
            freeReplyObject(reply)
            switch expected.popFirst() {
            case .greeting(let greeting):
                if case .error(let error) = value, greeting.isDecided(by: error) { throw error }
                greetings.append((greeting, value))
            case .call(let call, let isLast):
                values.append(value)
                guard isLast else { continue }
                call.finish(.success(values))
                values = []
            case nil: throw .unexpected
            }
            if case .error(let error) = value, error.concernsServer { throw error }
        }
    }

    private var lossWords: RedisError {
        if context.pointee.err == REDIS_ERR_EOF { return .lost }
        if context.pointee.err == REDIS_ERR_PROTOCOL { return .unexpected }
        let reason = String(cString: soma_redis_error(context))
        return RedisError(.away, "the connection broke: \(reason)", hint: RedisError.whereHint)
    }

    /// Tells everybody who waits for an answer that none will come.
    func abandon(_ error: RedisError) {
        while let next = expected.popFirst() {
            if case .call(let call, true) = next { call.finish(.failure(error)) }
        }
    }
}
