import Testing

@testable import SomaSettings

@Suite("Settings layers")
struct SettingsLoaderTests {
    /// A home, a working folder and a system file inside a temporary folder.
    private struct Place {
        let root: String
        var environment: [String: String] = [:]

        init(_ root: String, environment: [String: String] = [:]) throws {
            self.root = root
            self.environment = environment
            self.environment["XDG_CONFIG_HOME"] = "\(root)/config"
            self.environment["HOME"] = "\(root)/home"
            for folder in ["config", "config/soma", "work", "etc"] { try makeFolder("\(root)/\(folder)") }
        }

        var loader: SettingsLoader {
            SettingsLoader(
                environment: environment,
                workingFolder: "\(root)/work",
                systemFile: "\(root)/etc/config.yaml"
            )
        }
    }

    private func failure(_ body: () throws -> Settings) -> String {
        do {
            _ = try body()
            return "no error"
        } catch {
            return "\(error)"
        }
    }

    private func workspaceFailure(_ yaml: String, environment: [String: String] = [:]) throws -> String {
        var result = ""
        try withTemporaryFolder { root in
            let place = try Place(root, environment: environment)
            try write(yaml, to: "\(root)/work/soma.yaml")
            let text = failure { try place.loader.load() }
            result = text.split(separator: "\(root)/work/").joined()
        }
        return result
    }

    @Test("the strongest layer wins, and says where it is")
    func precedence() throws {
        try withTemporaryFolder { root in
            var place = try Place(root)
            func origin() throws -> String { try place.loader.load().entry("log.level").origin.description }
            #expect(try origin() == "default")
            try write("log:\n  level: error\n", to: "\(root)/etc/config.yaml")
            #expect(try origin() == "\(root)/etc/config.yaml:2:10")
            try write("log: {level: warning}\n", to: "\(root)/config/soma/config.yaml")
            #expect(try origin() == "\(root)/config/soma/config.yaml:1:14")
            try write("\nlog:\n  level: notice\n", to: "\(root)/work/soma.yaml")
            #expect(try origin() == "\(root)/work/soma.yaml:3:10")
            place.environment["SOMA_LOG_LEVEL"] = "debug"
            #expect(try origin() == "SOMA_LOG_LEVEL")
            let settings = try place.loader.load(flags: [.init(key: "log.level", values: ["trace"])])
            #expect(settings.entry("log.level").origin == .flag("--set log.level"))
            #expect(settings.logLevel == "trace")
        }
    }

    @Test("a time that a lease leaves no room for is told with what counts; one that nobody set is not")
    func beyondLease() throws {
        try withTemporaryFolder { root in
            let loader = try Place(root).loader
            func set(_ values: [String]) throws -> Settings {
                try loader.load(
                    flags: values.map { value in
                        let parts = value.split(separator: "=").map(String.init)
                        return .init(key: parts[0], values: [parts[1]])
                    }
                )
            }
            #expect(try set(["cluster.lease=2s"]).warnings.isEmpty)
            #expect(try set(["postgres.statement_timeout=4s"]).warnings.isEmpty)
            let settings = try set([
                "cluster.lease=10s", "postgres.statement_timeout=1m",
                "postgres.idle_in_transaction_timeout=9s",
            ])
            #expect(
                settings.warnings == [
                    "postgres.statement_timeout (--set postgres.statement_timeout): 1m is more than four fifths of cluster.lease, "
                        + "which is 10s, so that 8s counts. Raise cluster.lease with it.",
                    "postgres.idle_in_transaction_timeout (--set postgres.idle_in_transaction_timeout): 9s is more than four fifths "
                        + "of cluster.lease, which is 10s, so that 8s counts. Raise cluster.lease with it.",
                ]
            )
            #expect(settings.postgresStatementTimeout == .seconds(8))
        }
    }

    @Test("the defaults are those of the table")
    func defaults() throws {
        try withTemporaryFolder { root in
            let settings = try Place(root).loader.load()
            let expected = """
                data_dir                              -              default
                listen                                -              default
                store                                 -              default
                postgres.pool_size                    8              default
                postgres.acquire_timeout              10s            default
                postgres.connect_timeout              5s             default
                postgres.statement_timeout            30s            default
                postgres.idle_in_transaction_timeout  10s            default
                postgres.value_bytes_max              64MiB          default
                cluster.name                          soma           default
                cluster.lease                         5s             default
                cluster.answer_within                 10s            default
                kafka.brokers                         -              default
                kafka.topic_prefix                    -              default
                kafka.create_topics                   true           default
                kafka.partitions                      12             default
                kafka.replicas                        -              default
                kafka.tls                             auto           default
                kafka.tls_ca                          -              default
                kafka.tls_certificate                 -              default
                kafka.tls_key                         -              default
                kafka.login                           none           default
                kafka.user                            -              default
                kafka.password                        -              default
                kafka.compression                     lz4            default
                kafka.message_bytes                   10MiB          default
                kafka.assignment                      cooperative    default
                kafka.session_timeout                 10s            default
                redis.url                             -              default
                redis.password                        -              default
                redis.tls_ca                          -              default
                redis.timeout                         100ms          default
                log.level                             info           default
                log.format                            human          default
                prometheus.url                        -              default
                prometheus.token                      -              default
                prometheus.user                       -              default
                prometheus.password                   -              default
                prometheus.tls_ca                     -              default
                metrics                               -              default
                jaeger.url                            -              default
                tracing.endpoint                      -              default
                tracing.protocol                      http/protobuf  default
                tracing.headers                       -              default
                tracing.tls_ca                        -              default
                tracing.service                       somad          default
                tracing.sample                        1              default
                tracing.tail                          true           default
                tracing.slow                          -              default
                tracing.requests                      true           default
                tracing.commits                       true           default
                model.url                             -              default
                model.name                            -              default
                model.api_key                         -              default
                model.usd_per_million_input           -              default
                model.usd_per_million_output          -              default
                agents_dir                            -              default
                sandbox                               required       default
                limits.runs_active_max                1000           default
                limits.tool_calls_max                 32             default
                limits.requests_per_second            -              default
                limits.requests_burst                 -              default
                limits.tool_output_bytes_max          1MiB           default
                http.allow_private                    false          default
                daemon.linger                         1m             default
                theme                                 default        default
                color                                 auto           default

                """
            #expect(settings.table(showsOrigin: true) == expected)
            #expect(settings.table(showsOrigin: false).hasPrefix("data_dir                              -\n"))
            #expect(settings.runsActiveMax == 1000)
            #expect(settings.toolOutputBytesMax == 1 << 20)
            #expect(settings.daemonLinger == .seconds(60))
            #expect(settings.sandbox == .required)
            #expect(settings.color == .auto)
            #expect(settings.theme == "default")
            #expect(!settings.logsJSON && !settings.allowsPrivateAddresses)
            #expect(settings.listen == [] && settings.metrics == nil && settings.store == nil)
            #expect(try settings.secret("model.api_key") == nil)
        }
    }

    @Test("every kind of value is read from a file")
    func everything() throws {
        try withTemporaryFolder { root in
            let place = try Place(root)
            let text = """
                data_dir: data
                listen: [unix:run.sock, "127.0.0.1:8080", "[::1]:9"]
                store: sqlite:~/x.db
                log: {level: debug, format: json}
                metrics: localhost:9464
                model: {url: "https://models.example/v1", name: small, api_key: file:key,
                  usd_per_million_input: 3, usd_per_million_output: 0.50}
                agents_dir: ~/roles
                sandbox: off
                limits: {runs_active_max: 5, tool_output_bytes_max: 64KiB}
                http: {allow_private: true}
                daemon: {linger: 0s}
                theme: dusk
                color: never
                """
            try write(text, to: "\(root)/config/soma/config.yaml")
            try write("canary\n", to: "\(root)/config/soma/key")
            let settings = try place.loader.load()
            let folder = "\(root)/config/soma"
            #expect(settings.dataFolder == "\(folder)/data")
            #expect(
                settings.listen == [
                    .unix(path: "\(folder)/run.sock"), .tcp(host: "127.0.0.1", port: 8080),
                    .tcp(host: "::1", port: 9),
                ]
            )
            #expect(
                settings.entry("listen").value.description == "unix:\(folder)/run.sock,127.0.0.1:8080,[::1]:9"
            )
            #expect(settings.store == "sqlite:\(root)/home/x.db")
            #expect(settings.logsJSON && settings.allowsPrivateAddresses)
            #expect(settings.metrics == .tcp(host: "localhost", port: 9464))
            #expect(settings.modelAddress == "https://models.example/v1")
            #expect(settings.modelName == "small")
            #expect(settings.agentsFolder == "\(root)/home/roles")
            #expect(settings.sandbox == .off)
            #expect(settings.runsActiveMax == 5)
            #expect(settings.modelInputPrice?.microdollars == 3_000_000)
            #expect(settings.modelOutputPrice?.microdollars == 500_000)
            #expect(settings.toolOutputBytesMax == 65_536)
            #expect(settings.daemonLinger == .zero)
            #expect(settings.theme == "dusk")
            #expect(settings.color == .never)
            #expect(try settings.secret("model.api_key")?.withExposedValue { $0 } == "canary")
            #expect(!settings.table(showsOrigin: true).contains("canary"))
        }
    }

    @Test(
        "a problem in a file names place, expectation and the nearest word",
        arguments: [
            ("log:\n  levle: info", "soma.yaml:2:3: unknown key \"log.levle\"; did you mean log.level?"),
            ("level: info", "soma.yaml:1:1: unknown key \"level\"; did you mean log.level?"),
            ("lgo: {}", "soma.yaml:1:1: unknown key \"lgo\"; did you mean log?"),
            ("themes: x", "soma.yaml:1:1: unknown key \"themes\"; did you mean theme?"),
            ("qqqqqqqq: x", "soma.yaml:1:1: unknown key \"qqqqqqqq\""),
            ("log: debug", "soma.yaml:1:6: expected a mapping with level, format, found \"debug\""),
            ("- a", "soma.yaml:1:1: expected a mapping of settings, found a list"),
            (
                "log: {level: inof}",
                "soma.yaml:1:14: log.level: expected one of trace, debug, info, notice, warning, error, critical, "
                    + "found \"inof\"; did you mean info?"
            ),
            (
                "limits: {runs_active_max: 0}",
                "soma.yaml:1:27: limits.runs_active_max: expected a whole number, from 1 to 100000, found \"0\""
            ),
            (
                "limits: {runs_active_max: many}",
                "soma.yaml:1:27: limits.runs_active_max: expected a whole number, from 1 to 100000, found \"many\""
            ),
            (
                "limits: {runs_active_max: [1]}",
                "soma.yaml:1:27: limits.runs_active_max: expected a whole number, from 1 to 100000, found a list"
            ),
            (
                "daemon: {linger: 60}",
                "soma.yaml:1:18: daemon.linger: expected a length of time such as 30s or 1h30m, from 0s to 1d, "
                    + "found \"60\"; did you mean 60s?"
            ),
            (
                "limits: {tool_output_bytes_max: 1}",
                "soma.yaml:1:33: limits.tool_output_bytes_max: expected a size such as 64KiB or 10MB, from 1KiB to 1GiB, found \"1\""
            ),
            (
                "model: {usd_per_million_input: -1}",
                "soma.yaml:1:32: model.usd_per_million_input: expected an amount of US dollars such as 0.50, "
                    + "found \"-1\""
            ),
            ("theme: 5", "soma.yaml:1:8: theme: expected text on one line, found the number 5"),
            (
                "theme: \"a\\e[1mb\"",
                "soma.yaml:1:8: theme: expected text on one line, found \"a\\u{1b}[1mb\""
            ),
            (
                "http: {allow_private: no}",
                "soma.yaml:1:23: http.allow_private: expected true or false, found \"no\"; did you mean false?"
            ),
            (
                "model: {url: ftp://x}",
                "soma.yaml:1:14: model.url: expected an address that begins with http:// or https:// and holds no password, "
                    + "found \"ftp://x\""
            ),
            (
                "store: mysql://canary@x",
                "soma.yaml:1:8: store: expected sqlite:PATH or postgres://…, "
                    + "found an address with a name or password in it"
            ),
            (
                "store: \"sqlite:\"",
                "soma.yaml:1:8: store: expected sqlite:PATH or postgres://…, found \"sqlite:\""
            ),
            ("metrics: unix:x", "soma.yaml:1:10: metrics: expected HOST:PORT, found \"unix:x\""),
            (
                "listen: [\"a:1\", \"b:70000\"]",
                "soma.yaml:1:9: listen: expected unix:PATH or HOST:PORT, or a list of them, found \"b:70000\""
            ),
            (
                "model: {api_key: sk-canary}",
                "soma.yaml:1:18: expected a reference to a secret, file:PATH or env:NAME, found something else (not shown)"
            ),
            (
                "model: {api_key: \"vault:secret/x\"}",
                "soma.yaml:1:18: expected file:PATH or env:NAME, found a vault: reference, which is not supported yet"
            ),
            ("a: [", "soma.yaml:2:1: not valid YAML: did not find expected node content"),
        ]
    )
    func fileProblems(yaml: String, expected: String) throws {
        #expect(try workspaceFailure(yaml) == expected)
    }

    @Test("all problems of a file come at once")
    func manyProblems() throws {
        let text = try workspaceFailure("themes: x\nlog:\n  levle: info\ncolor: blue\n")
        #expect(text.split(separator: "\n").count == 3)
    }

    @Test(
        "placeholders and empty files set nothing",
        arguments: ["", "log:\n", "log:\n  level:\n", "theme: ~"]
    )
    func placeholders(yaml: String) throws {
        #expect(try workspaceFailure(yaml) == "no error")
    }

    @Test(
        "the file of a workspace can't widen what agents can do",
        arguments: [
            "sandbox: off", "sandbox: preferred", "http: {allow_private: true}",
            "model: {api_key: env:AWS_SECRET}",
            "listen: 0.0.0.0:80", "model: {usd_per_million_input: 0.01}", "metrics: 0.0.0.0:80",
            "store: sqlite:x.db",
        ]
    )
    func workspaceRefusal(yaml: String) throws {
        let text = try workspaceFailure(yaml)
        #expect(
            text.contains("a workspace may not") && text.contains("set it in the configuration in your home")
        )
    }

    @Test(
        "the file of a workspace may repeat the safe values",
        arguments: ["sandbox: required", "http: {allow_private: false}"]
    )
    func workspaceSafe(yaml: String) throws {
        #expect(try workspaceFailure(yaml) == "no error")
    }

    @Test("the file of a workspace can't redirect a person's key")
    func workspaceAddress() throws {
        let yaml = "model: {url: \"https://evil.example\"}"
        #expect(try workspaceFailure(yaml) == "no error")
        let text = try workspaceFailure(yaml, environment: ["SOMA_MODEL_API_KEY": "canary"])
        #expect(text.hasPrefix("soma.yaml:1:14: model.url: a workspace may not choose where the key"))
        #expect(!text.contains("canary"))
    }

    @Test("a file given by option is the only one, and must exist")
    func explicitFile() throws {
        try withTemporaryFolder { root in
            let place = try Place(root)
            try write("theme: workspace", to: "\(root)/work/soma.yaml")
            try write("sandbox: off", to: "\(root)/work/own.yaml")
            func loader(_ file: String) -> SettingsLoader {
                SettingsLoader(
                    environment: place.environment,
                    workingFolder: "\(root)/work",
                    configFile: file
                )
            }
            let settings = try loader("own.yaml").load()
            #expect(settings.theme == "default")
            #expect(settings.sandbox == .off)
            #expect(
                failure { try loader("none.yaml").load() }
                    == "Could not read \(root)/work/none.yaml: it doesn't exist."
            )
        }
    }
}
