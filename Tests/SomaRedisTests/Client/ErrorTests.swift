import Testing

@testable import SomaRedis

/// What errors of Redis say.
@Suite("Redis: errors")
struct ErrorTests {
    @Test(
        "A server's refusal is one sentence, and names the setting that mends it",
        arguments: [
            (
                "WRONGPASS invalid username-password pair or user is disabled.",
                "Redis: WRONGPASS invalid username-password pair or user is disabled. "
                    + "Check the user in redis.url and the password behind redis.password."
            ),
            (
                "NOAUTH Authentication required.",
                "Redis: NOAUTH Authentication required. "
                    + "Check the user in redis.url and the password behind redis.password."
            ),
            (
                "ERR AUTH <password> called without any password configured for the default user. "
                    + "Are you sure your configuration is correct?",
                "Redis: ERR AUTH <password> called without any password configured for the default user. "
                    + "Leave redis.password out, or give the server a password (requirepass)."
            ),
            ("ERR version 7.0 is\r\nloading", "Redis: ERR version 7.0 isloading."),
        ]
    )
    func refusals(reply: String, text: String) {
        #expect(RedisError(reply: reply).description == text)
    }

    @Test(
        "A server that doesn't know what it is asked is too old, and the error says for what",
        arguments: [
            ("ERR unknown command 'EVAL'", "Redis 5 or later"),
            ("ERR unknown command `EVAL`, with args beginning with: `redis.call`, ", "Redis 5 or later"),
            (
                "ERR Error running script (call to f_0123456789012345678901234567890123456789): @user_script:1: "
                    + "@user_script: 1: Write commands not allowed after non deterministic commands. Call "
                    + "redis.replicate_commands() at the start of your script",
                "Redis 5 or later"
            ),
            ("ERR wrong number of arguments for 'auth' command", "Redis 6 or later"),
        ]
    )
    func tooOld(reply: String, version: String) {
        let error = RedisError(reply: reply)
        #expect(error.kind == .serverTooOld)
        #expect(error.description.contains("too old") && error.description.contains(version))
    }

    @Test("A server that is silent or speaks something else leads to redis.url")
    func strangers() {
        for error in [RedisError.unexpected, .timeout(.milliseconds(100))] {
            #expect(error.description.contains("redis.url names a Redis"))
        }
    }
}
