import ServerFixture

/// A Prometheus of one test's own on 127.0.0.1, which it may freeze and crash. It scrapes itself, and has an alert.
final class TestPrometheus: Sendable {
    let url: String
    private let script: ServerScript

    private init() throws {
        let port = try unusedPort()
        let path = String(#filePath.dropLast("TestPrometheus.swift".count)) + "prometheus-server.sh"
        script = try ServerScript(["/bin/sh", path, String(port)])
        url = "http://127.0.0.1:\(port)"
        let answer = script.answer()
        guard answer.hasPrefix("started") else {
            throw TestPrometheusError(
                reason: "The tests need prometheus (apt: prometheus; infra/setup.sh tests): \(answer)"
            )
        }
    }

    static func start() async throws -> TestPrometheus {
        try await blocking { () throws(any Error) in try TestPrometheus() }
    }

    /// `crash`, `start`, `freeze`, `thaw`.
    func tell(_ line: String) async throws(TestPrometheusError) {
        let answer = await script.tell(line)
        guard !answer.isEmpty, !answer.hasPrefix("failed") else { throw TestPrometheusError(reason: answer) }
    }
}

/// Why there is no Prometheus to test with.
struct TestPrometheusError: Error {
    let reason: String
}
