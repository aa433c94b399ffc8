import ServerFixture

/// TLS in front of a broker that has none, with certificates of its own; a Python script ends with this process.
package final class TLSProxy: Sendable {
    package let port: UInt16
    /// A folder with `good.crt`, which the proxy shows and which is for `localhost` alone, and `stranger.crt`.
    package let folder: String
    private let script: ServerScript

    /// Starts one.
    package static func start(before broker: TestBroker) async throws -> TLSProxy {
        try await blocking { () throws(TestBrokerError) in try TLSProxy(broker.port) }
    }

    private init(_ broker: UInt16) throws(TestBrokerError) {
        port = try TestBroker.freePort()
        let sources = String(#filePath.dropLast("TLSProxy.swift".count))
        let line = """
            folder=$(mktemp -d "${TMPDIR:-/tmp}/soma-tls.XXXXXX") && cd "$folder" || exit 1
            for name in good stranger; do
                openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $name.key -out $name.crt \
                    -subj /CN=localhost -addext subjectAltName=DNS:localhost -days 30 2>/dev/null || exit 1
            done
            echo "$folder"
            python3 "$0" "$1" "$2" good.crt good.key
            cd / && rm -rf "$folder"
            """
        let words = ["/bin/bash", "-c", line, sources + "tls-proxy.py", "\(port)", "\(broker)"]
        do throws(ServerScriptError) {
            script = try ServerScript(words)
        } catch { throw TestBrokerError(reason: error.reason) }
        folder = script.answer()
        let answer = script.answer()
        guard answer == "started" else { throw TestBrokerError(reason: "openssl and python3: \(answer)") }
    }
}
