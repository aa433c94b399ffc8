import SomaClient
import SomaConsole
import Testing

@testable import soma

@Suite("The console's options for metrics")
struct MetricsOptionsTests {
    private static func source(
        endpoint: String? = nil,
        server: String? = nil,
        daemon: DaemonAddress? = .unix(path: "/none"),
        assignments: [String] = []
    ) throws -> (any MetricsSource)? {
        var global = GlobalOptions.plain
        global.assignments = assignments
        let source = try ConsoleCommand.metrics(
            endpoint: endpoint,
            server: server,
            daemon: daemon,
            global
        )
        source?.close()
        return source
    }

    @Test("an endpoint and a server at once are refused with what to do, and so is what is no address")
    func refused() throws {
        let both = try #require(throws: CommandFailure.self) {
            try ConsoleCommand.checkMetrics(endpoint: "a:1", server: "b:2")
        }
        #expect(both.code == .usage && both.message.contains("one is enough"))
        #expect(throws: CommandFailure.self) {
            try ConsoleCommand.checkMetrics(endpoint: nil, server: "file:///etc/passwd")
        }
        try ConsoleCommand.checkMetrics(endpoint: nil, server: nil)
    }

    @Test("an option comes before the setting, and the daemon is what is left")
    func order() throws {
        let set = ["prometheus.url=http://set:9090"]
        #expect(try Self.source(assignments: set)?.origin.name == "http://set:9090")
        #expect(try Self.source(assignments: set)?.origin.kind == .server)
        #expect(try Self.source(server: "named:1", assignments: set)?.origin.name == "http://named:1")
        #expect(
            try Self.source(endpoint: "named:1", assignments: set)?.origin.name == "http://named:1/metrics"
        )
        #expect(try Self.source()?.origin.name == "daemon")
        #expect(try Self.source(daemon: nil) == nil)
    }

    @Test("half a login is refused, and so are two")
    func logins() throws {
        let url = "prometheus.url=http://set:9090"
        for assignments in [
            ["prometheus.user=ada"],
            ["prometheus.password=env:HOME"],
            ["prometheus.token=env:HOME", "prometheus.user=ada", "prometheus.password=env:HOME"],
        ] {
            let failure = #expect(throws: CommandFailure.self) {
                try Self.source(assignments: [url] + assignments)
            }
            #expect(failure?.message.contains("prometheus.token") == true)
        }
        #expect(try Self.source(assignments: [url, "prometheus.token=env:HOME"]) != nil)
        #expect(
            try Self.source(assignments: [url, "prometheus.user=ada", "prometheus.password=env:HOME"]) != nil
        )
        let unset = #expect(throws: CommandFailure.self) {
            try Self.source(assignments: [url, "prometheus.token=env:SOMA_TEST_NOT_SET"])
        }
        #expect(unset?.message.contains("is not set") == true)
        // Not for another server.
        #expect(
            try Self.source(server: "named:1", assignments: [url, "prometheus.token=env:SOMA_TEST_NOT_SET"])
                != nil
        )
    }
}
