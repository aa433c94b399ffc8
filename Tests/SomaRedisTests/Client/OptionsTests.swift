import Testing

@testable import SomaRedis

@Suite("Options of Redis")
struct OptionsTests {
    @Test(
        "An address says where the server is, who logs in, and which database",
        arguments: [
            ("redis://localhost", RedisOptions.Place.tcp(host: "localhost", port: 6379), nil, 0, false),
            ("redis://10.0.0.1:7000/3", .tcp(host: "10.0.0.1", port: 7000), nil, 3, false),
            ("redis://[::1]:7000", .tcp(host: "::1", port: 7000), nil, 0, false),
            ("redis://soma@cache.example:1/", .tcp(host: "cache.example", port: 1), "soma", 0, false),
            ("rediss://cache.example", .tcp(host: "cache.example", port: 6379), nil, 0, true),
            ("unix:/run/redis.sock", .unix(path: "/run/redis.sock"), nil, 0, false),
        ] as [(String, RedisOptions.Place, String?, Int, Bool)]
    )
    func reads(_ url: String, _ place: RedisOptions.Place, _ user: String?, _ database: Int, _ tls: Bool)
        throws
    {
        let options = try RedisOptions(url: url)
        #expect(options.place == place)
        #expect(options.user == user)
        #expect(options.database == database)
        #expect(options.usesTLS == tls)
    }

    @Test(
        "What is no address is refused without being quoted",
        arguments: [
            "", "redis:", "redis://", "redis://:6379", "redis://host:0", "redis://host:65536",
            "redis://host:x",
            "redis://a:b:c", "redis://host/x", "redis://host/-1", "redis://user:geheim@host", "redis://@host",
            "redis://host?password=geheim", "http://host", "unix:relative", "redis://[::1",
            "redis://[::1]7000",
            "redis://ho st", "redis://geheim#@host/%",
        ]
    )
    func refuses(_ url: String) throws {
        let error = try #require(throws: RedisError.self) { try RedisOptions(url: url) }
        #expect(error.kind == .invalidOptions)
        #expect(!"\(error)".contains("geheim"))
        #expect("\(error)".contains("redis.url"))
    }

    @Test("A password is in no description and no dump")
    func password() throws {
        let options = try RedisOptions(url: "redis://soma@host", password: "geheim")
        var dumped = ""
        dump(options, to: &dumped)
        #expect(!"\(options) \(String(reflecting: options)) \(dumped)".contains("geheim"))
        #expect(options.password == "geheim")
    }

    @Test("A server's words are kept as far as they quote nothing")
    func words() {
        let unknown = RedisError(reply: "ERR unknown command `AUTH`, with args beginning with: `geheim` ")
        #expect(unknown.kind == .serverTooOld)
        #expect(!unknown.description.contains("geheim"))
        #expect(RedisError(reply: "WRONGPASS invalid username-password pair").kind == .authentication)
        #expect(
            RedisError(reply: "OOM command not allowed when used memory > 'maxmemory'.").kind
                == .refused("OOM")
        )
        #expect(RedisError(reply: "").kind == .refused("ERR"))
        #expect(RedisError(reply: "READONLY You can't write").concernsServer)
        #expect(!RedisError(reply: "OOM").concernsServer)
    }

    @Test(
        "what a setting can mend is said with it, whatever the server's words are",
        arguments: [
            (
                "READONLY You can't write against a read only replica.",
                "Redis: the server is a replica, which takes no writes. Name the primary in redis.url, not a replica."
            ),
            (
                "ERR DB index is out of range",
                "Redis: the server has no database of this number. Correct the number in redis.url."
            ),
            (
                "OOM command not allowed when used memory > 'maxmemory'.",
                "Redis: the server has used up the memory that it may use. "
                    + "Give the server more memory, or a maxmemory-policy that evicts."
            ),
        ]
    )
    func remedies(reply: String, said: String) { #expect(RedisError(reply: reply).description == said) }
}
