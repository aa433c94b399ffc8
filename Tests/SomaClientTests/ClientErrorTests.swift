import SomaClient
import SomaCore
import Testing

@Suite("Client errors")
struct ClientErrorTests {
    @Test(
        "Exit codes are the contract's",
        arguments: [
            (ClientError.Kind.noDaemon, "", 3), (.version, "", 3), (.garbled, "", 1),
            (.refused(400), "body.invalid", 2),
            (.refused(403), "policy.denied", 5), (.refused(404), "run.missing", 2),
            (.refused(409), "question.closed", 2),
            (.refused(422), "goal.unknown", 2), (.refused(422), "budget.spent", 5),
            (.refused(429), "runs.many", 5),
            (.refused(500), "internal", 1), (.refused(503), "stopping", 3),
        ] as [(ClientError.Kind, String, Int32)]
    )
    func exitCodes(kind: ClientError.Kind, code: String, exitCode: Int32) {
        let problem = code.isEmpty ? nil : Problem(400, code, "")
        #expect(ClientError(kind, "It failed.", problem: problem).exitCode == exitCode)
    }

    @Test("Where nobody answers, that is said with what to do")
    func nobody() async throws {
        let client = try DaemonClient(.unix(path: "/tmp/soma-nobody-\(UInt32.random(in: 0 ... .max)).sock"))
        do {
            _ = try await client.daemon()
            Issue.record("somebody answers")
        } catch {
            #expect(error.kind == .noDaemon)
            #expect(error.description.contains("soma daemon start"))
        }
        await client.close()
    }
}
