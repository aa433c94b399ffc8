import FoundationEssentials
import Glibc
import SomaCore
import SomaHTTP
import Testing

@testable import soma

/// What dashboards and rules ask for, held against a cluster that has worked and a Prometheus that scrapes it.
@Suite("What watches the daemons", .timeLimit(.minutes(5)))
struct ObservabilityTests {
    private static let roles = ["gateway", "conversation-worker", "orchestrator", "tool-executor"]
    /// What Prometheus adds to each series that it scrapes.
    private static let targetLabels: Set = ["job", "instance", "process_role"]

    /// The cluster at work.
    private struct Watched {
        let place: Place
        let variables: [String: String]
        let daemon: String
        let prometheus: String
        let http: HTTPClient

        /// What a process answers to a scrape.
        func scrape(_ role: String, headers: HTTPHeaders = [:]) async throws -> HTTPResponse {
            let file = "\(place.folder)/cluster/\(role)-1.port"
            let port = try String(contentsOfFile: file, encoding: .utf8).filter(\.isNumber)
            let url = "http://127.0.0.1:\(port)/metrics"
            return try await http.send(HTTPRequest(.get, url, headers: headers, addressPolicy: .any))
        }

        /// What Prometheus answers.
        func ask(_ path: String, _ query: String = "") async throws -> JSON {
            let allowed = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".utf8)
            let text = query.utf8.map { byte in
                let digits = String(byte, radix: 16)
                return allowed.contains(byte)
                    ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + digits
            }
            let url = "\(prometheus)/api/v1/\(path)" + (query.isEmpty ? "" : "?query=" + text.joined())
            return try JSON.parse(try await http.send(HTTPRequest(.get, url, addressPolicy: .any)).body)
        }

        func results(_ query: String) async throws -> [JSON] {
            try await ask("query", query)["data"]?["result"]?.array ?? []
        }
    }

    private func withWatchedCluster(_ body: (Watched) async throws -> Void) async throws {
        let script = CommandHarness.root + "/infra/dev/cluster.sh"
        let model = try StubServer(answer: Self.reply)
        defer { model.stop() }
        try await Place.with { place in
            // Postgres's own user has to reach its data.
            chmod(place.folder, 0o711)
            let variables = [
                "CLUSTER_DIR": "\(place.folder)/cluster", "SOMAD": Place.executable("somad"),
                "CLUSTER_ROLES": Self.roles.map { $0 + ":1" }.joined(separator: " "),
                "CLUSTER_SERVICES": "postgres kafka redis prometheus",
                "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "SOMA_MODEL_URL": "http://\(model.place)/v1",
                "SOMA_MODEL": "stub", "SOMA_MODEL_USD_PER_MILLION_INPUT": "3",
                "SOMA_MODEL_USD_PER_MILLION_OUTPUT": "10",
            ]
            let http = try HTTPClient(userAgent: "test")
            let result: Result<Void, any Error>
            do {
                let up = try await place.run([script, "up"], with: variables)
                try #require(up.code == 0, "\(up.output)\(up.notes)")
                #expect(up.output.contains(/prometheus +[0-9]+ +yes/), "\(up.output)")
                let told = try await place.run([script, "env"], with: variables).output
                func value(_ name: String) throws -> String {
                    let line = told.split(separator: "\n").first { $0.hasPrefix("export \(name)=") }
                    return String(try #require(line, "\(told)").dropFirst("export \(name)=".count))
                }
                let watched = Watched(
                    place: place,
                    variables: variables,
                    daemon: try value("SOMA_DAEMON"),
                    prometheus: try value("PROMETHEUS_URL"),
                    http: http
                )
                result = .success(try await body(watched))
            } catch {
                result = .failure(error)
            }
            await http.shutdown()
            let ended = try await place.run([script, "down"], with: variables)
            #expect(ended.code == 0, "\(ended.notes)")
            try result.get()
        }
    }

    @Test(
        "all names and labels of panels and rules are exposed, all expressions evaluated, promtool is content"
    )
    func watched() async throws {
        try await withWatchedCluster { cluster in
            try await work(cluster)
            try await expectAccepted(cluster)
            let rules = try await recorded(cluster)
            try await expectExposed(cluster, rules)
            try await expectEvaluated(cluster)
        }
    }

    /// Has it do something of everything, twice, so that rates have something to say.
    private func work(_ cluster: Watched) async throws {
        for round in 1...2 {
            let daemon = ["SOMA_DAEMON": cluster.daemon]
            let survey = try await cluster.place.soma("run", "survey .", with: daemon)
            #expect(survey.code == 0, "\(survey.notes)")
            // The model has nothing to say: the run fails, having cost something.
            _ = try await cluster.place.soma("run", "bake a cake", with: daemon)
            let isScraped = try await eventually {
                let found = try await cluster.results("sum(soma_transitions_total{kind=\"run.failed\"})")
                return Double(found.first?["value"]?.array?.last?.string ?? "").map { $0 >= Double(round) }
                    == true
            }
            #expect(isScraped, "Prometheus didn't see round \(round)")
        }
        let up = try await cluster.results("up == 1")
        #expect(Set(up.compactMap { $0["metric"]?["process_role"]?.string }) == Set(Self.roles))
    }

    /// promtool accepts what each process says, and what it says follows what is asked for.
    private func expectAccepted(_ cluster: Watched) async throws {
        for role in Self.roles {
            let plain = try await cluster.scrape(role)
            #expect(plain.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
            let said = try await cluster.place.run(["promtool", "check", "metrics"], input: plain.text)
            #expect(
                said.code == 0 && said.output.isEmpty && said.notes.isEmpty,
                "\(said.output)\(said.notes)"
            )
            let open = try await cluster.scrape(
                role,
                headers: ["Accept": "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"]
            )
            let type = "application/openmetrics-text; version=1.0.0; charset=utf-8"
            #expect(open.headers["Content-Type"] == type)
            #expect(open.headers["Content-Encoding"] == "gzip")
            #expect(open.text.hasSuffix("\n# EOF\n"))
        }
    }

    /// What each recording rule records, with the labels that its groups leave, and that all rules are well.
    private func recorded(_ cluster: Watched) async throws -> [(name: String, names: PromQLNames)] {
        let isEvaluated = try await eventually {
            try await ruleDocuments(cluster).allSatisfy { $0["health"] == "ok" }
        }
        let rules = try await ruleDocuments(cluster)
        #expect(isEvaluated && rules.count > 20, "\(rules.filter { $0["health"] != "ok" })")
        return rules.map { rule in
            let isRecording = rule["type"] == "recording"
            return (
                isRecording ? rule["name"]?.string ?? "" : "", PromQLNames(rule["query"]?.string ?? "")
            )
        }
    }

    private func ruleDocuments(_ cluster: Watched) async throws -> [JSON] {
        let groups = try await cluster.ask("rules")["data"]?["groups"]?.array ?? []
        return groups.flatMap { $0["rules"]?.array ?? [] }
    }

    /// Labels by metric, of all that the processes expose.
    private func exposed(_ cluster: Watched) async throws -> [String: Set<String>] {
        var known: [String: Set<String>] = [:]
        for role in Self.roles {
            let lines = try await cluster.scrape(role).text.split(separator: "\n")
            for line in lines where !line.hasPrefix("#") {
                for selector in PromQLNames(String(line)).selectors {
                    known[selector.metric, default: Self.targetLabels].formUnion(selector.labels)
                }
            }
        }
        return known
    }

    private func expectExposed(
        _ cluster: Watched,
        _ rules: [(name: String, names: PromQLNames)]
    ) async throws {
        var wanted: [(place: String, names: PromQLNames, labels: Set<String>)] = rules.map {
            ($0.name, $0.names, [])
        }
        for name in GrafanaDashboard.names {
            let dashboard = try GrafanaDashboard(name)
            for query in dashboard.queries {
                let labels = query.legend.matches(of: /\{\{([a-z_]+)\}\}/).map { String($0.output.1) }
                wanted.append((query.panel, PromQLNames(query.filled), Set(labels)))
            }
            for (metric, label) in dashboard.variableSources {
                wanted.append(("\(name)'s variables", PromQLNames("\(metric){\(label)=\"\"}"), []))
            }
        }
        var missing: [String] = []
        _ = try await eventually(within: .seconds(20)) {
            var known = try await exposed(cluster)
            known["up"] = Self.targetLabels
            for rule in rules where !rule.name.isEmpty { known[rule.name] = rule.names.groups }
            missing = []
            for (place, names, labels) in wanted {
                let metrics = names.selectors.map(\.metric)
                let all = metrics.reduce(into: Set<String>()) { $0.formUnion(known[$1] ?? []) }
                for selector in names.selectors {
                    guard let has = known[selector.metric] else {
                        missing.append("\(place): \(selector.metric)")
                        continue
                    }
                    for label in selector.labels.subtracting(has) {
                        missing.append("\(place): \(selector.metric){\(label)}")
                    }
                }
                // What is grouped by, and what a legend shows.
                for label in names.groups.union(labels).subtracting(all) {
                    missing.append("\(place): \(label)")
                }
            }
            return missing.isEmpty
        }
        #expect(missing == [])
    }

    private func expectEvaluated(_ cluster: Watched) async throws {
        var silent: [String] = []
        var count = 0
        for name in GrafanaDashboard.names {
            for query in try GrafanaDashboard(name).queries {
                let answer = try await cluster.ask("query", query.filled)
                #expect(answer["status"] == "success", "\(name), \(query.panel): \(answer)")
                count += 1
                if answer["data"]?["result"]?.array?.isEmpty != false { silent.append(query.panel) }
            }
        }
        // What tells of people, of trouble and of others' deaths has nothing to tell here; most have.
        #expect(count > 40 && silent.count < count / 4, "\(silent)")
    }

    /// What the model answers to everything.
    private static let reply: String = {
        let body = """
            {"choices":[{"finish_reason":"stop",\
            "message":{"role":"assistant","content":"I have nothing to add."}}],\
            "usage":{"prompt_tokens":1000,"completion_tokens":100,"total_tokens":1100}}
            """
        return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }()
}
