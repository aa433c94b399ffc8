import Glibc

/// TLS in front of a broker that has none, with certificates of its own; a Python script ends with this process.
package final class TLSProxy: Sendable {
    package let port: UInt16
    /// A folder with `good.crt`, which the proxy shows and which is for `localhost` alone, and `stranger.crt`.
    package let folder: String
    private let input: Int32
    private let script: pid_t

    /// Starts one.
    package static func start(before broker: TestBroker) async throws -> TLSProxy {
        try await TestBroker.blocking { () throws(TestBrokerError) in try TLSProxy(broker.port) }
    }

    private init(_ broker: UInt16) throws(TestBrokerError) {
        port = try TestBroker.freePort()
        var (toScript, fromScript): ([Int32], [Int32]) = ([0, 0], [0, 0])
        guard pipe(&toScript) == 0, pipe(&fromScript) == 0 else { throw TestBrokerError(reason: "no pipe") }
        for descriptor in toScript + fromScript { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
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
        script = try TestBroker.spawn(words, input: toScript[0], output: fromScript[1])
        close(toScript[0])
        close(fromScript[1])
        input = toScript[1]
        folder = Self.line(of: fromScript[0])
        let answer = Self.line(of: fromScript[0])
        close(fromScript[0])
        guard answer == "started" else { throw TestBrokerError(reason: "openssl and python3: \(answer)") }
    }

    deinit {
        close(input)
        var status: Int32 = 0
        waitpid(script, &status, 0)
    }

    private static func line(of output: Int32) -> String {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while read(output, &byte, 1) == 1, byte != UInt8(ascii: "\n") { bytes.append(byte) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
