import ServerFixture

/// A broker whose topics are in states that are hard to bring a real one into: see `scripted-broker.py` for what they are.
package final class ScriptedBroker: Sendable {
    package let address: String
    private let script: ServerScript

    /// The one that all tests share: it keeps nothing.
    package static let shared: Result<ScriptedBroker, TestBrokerError> = Result {
        () throws(TestBrokerError) in try ScriptedBroker()
    }

    /// Where the shared one listens.
    package static func brokers() async throws -> String {
        try await blocking { () throws(TestBrokerError) in try shared.get() }.address
    }

    /// Starts one whose answers take their time.
    package static func start(delay: Duration) async throws -> ScriptedBroker {
        try await blocking { () throws(TestBrokerError) in try ScriptedBroker(delay: delay) }
    }

    private init(delay: Duration = .zero) throws(TestBrokerError) {
        let port = try TestBroker.freePort()
        let sources = String(#filePath.dropLast("ScriptedBroker.swift".count))
        do throws(ServerScriptError) {
            script = try ServerScript([
                "/usr/bin/env", "python3", sources + "scripted-broker.py", "\(port)",
                "\(delay / .seconds(1))",
            ])
        } catch { throw TestBrokerError(reason: error.reason) }
        address = "127.0.0.1:\(port)"
        let answer = script.answer()
        guard answer == "started" else { throw TestBrokerError(reason: "python3: \(answer)") }
    }
}
