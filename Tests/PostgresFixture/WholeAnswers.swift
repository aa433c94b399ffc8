import ServerFixture

/// A stand-in for a server that hands whole answers to TLS, which then makes records as large as it can.
package final class WholeAnswers: Sendable {
    package let port: UInt16
    private let script: ServerScript

    package static func start() async throws -> WholeAnswers {
        try await blocking { () throws(any Error) in try WholeAnswers() }
    }

    private init() throws {
        port = try unusedPort()
        let path = String(#filePath.dropLast("WholeAnswers.swift".count)) + "whole-answers.py"
        script = try ServerScript(["/usr/bin/env", "python3", path, String(port)])
        let answer = script.answer()
        guard answer == "started" else {
            throw TestServerError(reason: answer.isEmpty ? "python3 or openssl is missing" : answer)
        }
    }
}
