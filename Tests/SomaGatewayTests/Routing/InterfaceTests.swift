import FoundationEssentials
import SomaClient
import SomaCore
import SomaGateway
import SomaHTTP
import Testing

@Suite("Interface", .timeLimit(.minutes(1)))
struct InterfaceTests {
    /// The routes of the contract that a single daemon has.
    private static let contract: Set<String> = [
        "POST /v1/runs", "GET /v1/runs", "GET /v1/runs/{id}", "GET /v1/runs/{id}/transitions",
        "GET /v1/runs/{id}/state", "POST /v1/runs/{id}/pause", "POST /v1/runs/{id}/resume",
        "POST /v1/runs/{id}/cancel", "POST /v1/runs/{id}/fork", "POST /v1/runs/{id}/budget",
        "POST /v1/runs/{id}/interrupts/{seq}", "POST /v1/runs/{id}/effects/{seq}/settle", "GET /v1/fleet",
        "GET /v1/content", "GET /v1/stream", "GET /v1/roles", "GET /v1/roles/{role}", "GET /v1/memory",
        "GET /v1/daemon", "GET /v1/replicas", "POST /v1/daemon/stay", "GET /healthz", "GET /readyz",
        "GET /metrics",
        "GET /openapi.json", "POST /v1/conversations", "GET /v1/conversations", "GET /v1/conversations/{id}",
        "POST /v1/conversations/{id}/messages", "GET /v1/conversations/{id}/messages",
        "GET /v1/conversations/{id}/stream",
    ]

    @Test("The description names exactly the routes that are served, which are the contract's")
    func description() async throws {
        try await Rig.run { rig in
            let document = try await rig.client.openAPI()
            var described: Set<String> = []
            for path in document["paths"]?.object?.members ?? [] {
                for method in path.value.object?.keys ?? [] {
                    described.insert("\(method.uppercased()) \(path.key)")
                }
            }
            #expect(described == Set(rig.gateway.routes))
            #expect(described == Self.contract)
            #expect(document == rig.gateway.openAPI)
        }
    }

    @Test("The reference has exactly the routes that are served, with what their queries take")
    func reference() async throws {
        let path = #filePath.split(separator: "/").dropLast(4).reduce("") { "\($0)/\($1)" }
        let data = try #require(FileManager.default.contents(atPath: path + "/docs/reference/api.md"))
        let text = String(decoding: data, as: UTF8.self)
        var described: Set<String> = []
        for line in text.split(separator: "\n") where line.hasPrefix("| `") || line.hasPrefix("`GET") {
            for match in line.matches(of: /`((?:GET|POST) \/[^`]*)`/) {
                described.insert(String(match.output.1))
            }
        }
        try await Rig.run { rig in
            var served: Set<String> = []
            for path in rig.gateway.openAPI["paths"]?.object?.members ?? [] {
                for member in path.value.object?.members ?? [] {
                    let (method, operation) = (member.key, member.value)
                    let query = (operation["parameters"]?.array ?? [])
                        .filter { $0["in"]?.string == "query" }
                        .compactMap { $0["name"]?.string }
                    let text = query.isEmpty ? "" : "?" + query.map { "\($0)=" }.joined(separator: "&")
                    served.insert("\(method.uppercased()) \(path.key)\(text)")
                }
            }
            #expect(described == served)
        }
    }

    @Test("Every reference in the description leads somewhere, and operation ids are unique")
    func references() async throws {
        try await Rig.run { rig in
            let document = rig.gateway.openAPI
            let schemas = Set(document["components"]?["schemas"]?.object?.keys ?? [])
            var references: [String] = []
            var operations: [String] = []
            func walk(_ json: JSON) {
                for member in json.object?.members ?? [] {
                    if member.key == "$ref", let text = member.value.string { references.append(text) }
                    if member.key == "operationId", let text = member.value.string { operations.append(text) }
                    walk(member.value)
                }
                for element in json.array ?? [] { walk(element) }
            }
            walk(document)
            #expect(references.allSatisfy { schemas.contains(String($0.split(separator: "/").last ?? "")) })
            #expect(Set(operations).count == operations.count)
        }
    }

    @Test("Documents have only the members that the description names, and all that it requires")
    func schemas() async throws {
        try await Rig.run { rig in
            let run = try await rig.finish("count 1")
            let schemas = try #require(rig.gateway.openAPI["components"]?["schemas"])
            for (path, name) in [
                ("/v1/runs/\(run)", "Run"), ("/v1/runs", "RunPage"), ("/v1/daemon", "Daemon"),
                ("/v1/roles/coder", "Role"), ("/v1/fleet", "Fleet"),
                ("/v1/runs/\(run)/transitions", "TransitionPage"),
                ("/healthz", "Health"), ("/v1/nothing", "Problem"),
                ("/v1/memory?workspace=/x&q=a", "MemoryPage"),
            ] {
                let answer = try JSON.parse(try await rig.send(.get, path).body)
                let keys = Set(answer.object?.keys ?? [])
                let schema = try #require(schemas[name])
                let known = Set(schema["properties"]?.object?.keys ?? [])
                let required = Set((schema["required"]?.array ?? []).compactMap(\.string))
                #expect(keys.isSubset(of: known), "\(name): \(keys.subtracting(known))")
                #expect(required.isSubset(of: keys), "\(name): \(required.subtracting(keys))")
            }
        }
    }

    @Test(
        "A wrong method is a 405 that names the right ones, OPTIONS answers them, HEAD is GET without its body"
    )
    func methods() async throws {
        try await Rig.run { rig in
            let wrong = try await rig.send(.delete, "/v1/runs")
            #expect(wrong.status == 405)
            #expect(wrong.headers["Allow"] == "GET, HEAD, POST, OPTIONS")
            let options = try await rig.send(.options, "/v1/fleet")
            #expect(options.status == 204)
            #expect(options.headers["Allow"] == "GET, HEAD, OPTIONS")
            let head = try await rig.send(.head, "/v1/daemon")
            #expect(head.status == 200)
            #expect(head.body.isEmpty)
            #expect(Int(head.headers["Content-Length"] ?? "") ?? 0 > 100)
        }
    }

    @Test("A path that is not there is a 404 problem with its trace id")
    func missing() async throws {
        try await Rig.run { rig in
            let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
            let response = try await rig.send(
                .get,
                "/v1/nothing",
                headers: ["traceparent": "00-\(trace)-00f067aa0ba902b7-01"]
            )
            #expect(response.status == 404)
            #expect(try JSON.parse(response.body).decode(Problem.self).trace == trace)
            for target in ["/v1/%zz", "/v1/%00", "/v1/runs?%ff=1"] {
                #expect(try await rig.send(.get, target).status == 400)
            }
        }
    }

    @Test("Both sides name their version, and another one is refused with what to do")
    func versions() async throws {
        try await Rig.run { rig in
            let own = try await rig.send(
                .get,
                "/healthz",
                headers: [SomaVersion.header: SomaVersion.headerValue]
            )
            #expect(own.headers[SomaVersion.header] == SomaVersion.headerValue)
            for (value, words) in [("99 (9.9.9)", "the daemon is too old"), ("nonsense", "client")] {
                let response = try await rig.send(.get, "/healthz", headers: [SomaVersion.header: value])
                #expect(response.status == 426)
                #expect(response.text.contains(words))
            }
        }
    }

    @Test("What is answered is told by route, never by what a client made up")
    func observed() async throws {
        try await Rig.run { rig in
            let run = try await rig.finish("count 1")
            _ = try await rig.send(.get, "/v1/runs/\(run)")
            _ = try await rig.send(.get, "/v1/secret-\(run)")
            #expect(rig.observer.answers.contains("/v1/runs/{id} 200"))
            #expect(rig.observer.answers.contains("none 404"))
            #expect(!rig.observer.answers.contains { $0.contains(run.rawValue) })
        }
    }
}
