import Glibc
import SomaCore
import SomaEngine
import SomaGateway
import SomaHTTP
import SomaSimulation
import Testing

@Suite("A crowd of clients", .timeLimit(.minutes(2)))
struct CrowdTests {
    /// Bytes of memory that this process holds.
    private func residentBytes() -> Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, 255, file) != nil else { return 0 }
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 4096
    }

    /// 160 clients read, 20 read a byte at a time, 20 read nothing.
    @Test("Readers get all of it, the dead are cut, and memory stays bounded")
    func crowd() async throws {
        var options = GatewayOptions()
        options.stallMax = .seconds(3)
        try await Rig.run(options: options) { rig in
            let clients = try (0..<200).map { _ in try RawClient(rig.socket) }
            defer { for client in clients { client.close() } }
            for client in clients {
                client.send("GET /v1/stream HTTP/1.1\r\nHost: soma\r\nConnection: close\r\n\r\n")
            }
            while rig.gateway.streamClients < 200 { try await Task.sleep(for: .milliseconds(2)) }
            let before = residentBytes()
            let (count, run) = (4000, RunID("abc111111111111"))
            let end = Array("id: p\(String(count, radix: 16))\n".utf8)
            let readers = clients.prefix(160).map { client in
                Task { () -> Bool in
                    var tail: [UInt8] = []
                    while case let more = await client.read(), !more.isEmpty {
                        tail = Array((tail + more).suffix(2000))
                        if tail.firstRange(of: end) != nil { return true }
                    }
                    return false
                }
            }
            let slow = clients[160..<180].map { client in
                Task {
                    while !Task.isCancelled, await !client.read(most: 1).isEmpty {
                        try await Task.sleep(for: .milliseconds(20))
                    }
                }
            }
            let big = String(repeating: "x", count: 500)
            for first in stride(from: 1, through: count, by: 100) {
                let transitions = (first..<first + 100).map { seq in
                    Transition(
                        run: run,
                        seq: seq,
                        at: Timestamp(microseconds: Int64(seq)),
                        kind: seq == 1 ? .runStarted : .factObserved,
                        body: ["big": .string(big)]
                    )
                }
                let group = CommitGroup(run: run, transitions: transitions, content: [], snapshots: [])
                rig.engine.hub.publish(try await rig.store.append([group]))
                try await Task.sleep(for: .milliseconds(1))
            }
            for reader in readers { #expect(await reader.value) }
            // Those that read nothing, or too little, are gone; the others are still there.
            while rig.gateway.streamClients > 160 { try await Task.sleep(for: .milliseconds(5)) }
            #expect(rig.gateway.streamClients == 160)
            #expect(residentBytes() - before < 200 << 20)
            for task in slow { task.cancel() }
            #expect(try await rig.send(.get, "/healthz").status == 200)
        }
    }
}
