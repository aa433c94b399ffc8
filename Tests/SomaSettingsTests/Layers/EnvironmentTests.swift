import Testing

@testable import SomaSettings

@Suite("Settings from variables and options")
struct EnvironmentTests {
    private func load(_ environment: [String: String], flags: [SettingsLoader.Flag] = []) throws -> Settings {
        try SettingsLoader(
            environment: environment,
            workingFolder: "/nowhere/work",
            systemFile: "/nowhere/etc"
        ).load(flags: flags)
    }

    @Test("short names of variables are understood, and the long name is stronger")
    func aliases() throws {
        #expect(try load(["SOMA_MODEL": "a"]).modelName == "a")
        #expect(try load(["SOMA_MODEL": "a", "SOMA_MODEL_NAME": "b"]).modelName == "b")
        #expect(try load(["SOMA_MODEL": "a", "SOMA_MODEL_NAME": ""]).modelName == "a")
        #expect(try load(["SOMA_AGENTS": "roles"]).agentsFolder == "/nowhere/work/roles")
    }

    @Test("lists have commas in a variable, and options may be repeated")
    func lists() throws {
        let both: [Endpoint] = [.unix(path: "/a"), .tcp(host: "b", port: 1)]
        #expect(try load(["SOMA_LISTEN": "unix:/a, b:1"]).listen == both)
        #expect(try load([:], flags: [.init(key: "listen", values: ["unix:/a", "b:1"])]).listen == both)
        #expect(try load([:], flags: [.init(key: "theme", values: ["x", "y"])]).theme == "y")
        #expect(try load([:], flags: [.init(key: "theme", values: [])]).theme == "default")
    }

    @Test(
        "a wrong value names its variable",
        arguments: [
            ("SOMA_COLOR", "blue", "SOMA_COLOR: color: expected one of auto, always, never, found \"blue\""),
            (
                "SOMA_HTTP_ALLOW_PRIVATE", "1",
                "SOMA_HTTP_ALLOW_PRIVATE: http.allow_private: expected true or false, found \"1\"; did you mean true?"
            ),
            ("SOMA_LOG_LEVLE", "x", "SOMA_LOG_LEVLE: unknown setting; did you mean SOMA_LOG_LEVEL?"),
            (
                "SOMA_LISTEN", "a",
                "SOMA_LISTEN: listen: expected unix:PATH or HOST:PORT, or a list of them, found \"a\""
            ),
            (
                "SOMA_LISTEN", "a::1:5",
                "SOMA_LISTEN: listen: expected unix:PATH or HOST:PORT, or a list of them, found \"a::1:5\""
            ),
            (
                "SOMA_LISTEN", "[x]:5",
                "SOMA_LISTEN: listen: expected unix:PATH or HOST:PORT, or a list of them, found \"[x]:5\""
            ),
            (
                "SOMA_LISTEN", "unix:",
                "SOMA_LISTEN: listen: expected unix:PATH or HOST:PORT, or a list of them, found \"unix:\""
            ),
        ]
    )
    func wrong(name: String, value: String, expected: String) {
        let error = #expect(throws: SettingsError.self) { try load([name: value]) }
        #expect(error?.description == expected)
    }

    @Test("a wrong value names its option, as the person wrote it")
    func wrongFlag() {
        let error = #expect(throws: SettingsError.self) {
            try load([:], flags: [.init(key: "metrics", name: "--metrics", values: ["x"])])
        }
        #expect(error?.description == "--metrics: expected HOST:PORT, found \"x\"")
    }

    @Test(
        "brokers are dialled, so that a socket's path and port 0 are none",
        arguments: ["nonsense", "unix:/tmp/x", "kafka:0", "a:1,unix:/tmp/x"]
    )
    func brokers(text: String) throws {
        let error = #expect(throws: SettingsError.self) {
            try load([:], flags: [.init(key: "kafka.brokers", name: "--brokers", values: [text])])
        }
        let found = text.split(separator: ",").last.map(String.init) ?? text
        #expect(error?.description == "--brokers: expected HOST:PORT, or a list of them, found \"\(found)\"")
        #expect(try load(["SOMA_KAFKA_BROKERS": "a:1, [::1]:2"]).kafkaBrokers.count == 2)
    }

    @Test("strangers among the variables are told, those of Kubernetes are not")
    func strangers() throws {
        let settings = try load([
            "SOMA_CORPORA": "/x", "SOMA_PORT": "tcp://10.0.0.1:80", "SOMA_SERVICE_HOST": "10.0.0.1",
            "SOMA_PORT_80_TCP_ADDR": "10.0.0.1", "OTHER": "x",
        ])
        #expect(settings.warnings == ["The variable SOMA_CORPORA is no setting of Soma and has no effect."])
    }

    @Test("a secret's variable may hold the secret, which is then referred to by the variable's name")
    func secretInVariable() throws {
        let settings = try load(["SOMA_MODEL_API_KEY": "canary"])
        #expect(settings.entry("model.api_key").value.description == "env:SOMA_MODEL_API_KEY")
        #expect(try settings.secret("model.api_key")?.withExposedValue { $0 } == "canary")
        let other = try load(["SOMA_MODEL_API_KEY": "env:OTHER", "OTHER": "x"])
        #expect(try other.secret("model.api_key")?.withExposedValue { $0 } == "x")
        let missing = try load(["SOMA_MODEL_API_KEY": "env:OTHER"])
        let error = #expect(throws: SettingsError.self) { try missing.secret("model.api_key") }
        #expect(
            error?.summary.hasPrefix(
                "model.api_key (SOMA_MODEL_API_KEY): Could not read the secret env:OTHER"
            ) == true
        )
    }

    @Test(
        "passwords in addresses are not shown",
        arguments: [
            ("postgres://me:canary@db/soma", "postgres://me:***@db/soma"),
            ("postgres://me@db/soma", "postgres://me@db/soma"),
            ("postgres://db/a@b:c", "postgres://db/a@b:c"),
            ("postgresql://a:b:canary@c@db", "postgresql://a:***@db"),
            ("postgres://db/x?password=canary", "postgres://db/x?password=***"),
            (
                "postgres://u:canary@db/x?user=me&password=can&sslpassword=ary&sslmode=require",
                "postgres://u:***@db/x?user=me&password=***&sslpassword=***&sslmode=require"
            ),
            ("postgres://db/x?sslmode=require&passfile=/p", "postgres://db/x?sslmode=require&passfile=/p"),
        ]
    )
    func passwords(address: String, shown: String) throws {
        let settings = try load(["SOMA_STORE": address])
        #expect(settings.entry("store").value.description == shown)
        #expect(settings.store == address)
    }

    @Test("names of variables and options follow from the key")
    func names() {
        let row = SettingsSchema.definition("limits.tool_output_bytes_max")
        #expect(row?.environmentName == "SOMA_LIMITS_TOOL_OUTPUT_BYTES_MAX")
        #expect(row?.flagName == "--set limits.tool_output_bytes_max")
        #expect(Set(SettingsSchema.definitions.map(\.key)).count == SettingsSchema.definitions.count)
    }

    @Test("help has a paragraph for every setting")
    func help() {
        for row in SettingsSchema.definitions {
            #expect(SettingsHelp.text().contains("\(row.flagName)=…, \(row.environmentName)"))
        }
    }
}
