import SomaClient
import SomaCore
import Synchronization
import Testing

@testable import soma

@Suite("A run's log in pages", .timeLimit(.minutes(1)))
struct RunPagesTests {
    @Test("is asked for page by page, as whoever reads it goes on, and to its end")
    func pages() async throws {
        let run = RunID.random()
        let asked = Mutex<[String]>([])
        let folder = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        let server = try StubServer(path: folder + "/s") { target in
            asked.withLock { $0.append(target) }
            let after = target.firstMatch(of: /after=(\d+)/).flatMap { Int($0.1) } ?? 0
            let transition = Transition(
                run: run,
                seq: after + 1,
                at: Timestamp(microseconds: 0),
                kind: .nodeEntered
            )
            let event = String(decoding: transition.cloudEvent(), as: UTF8.self)
            let next = after < 4 ? ",\"next\":\(after + 1)" : ""
            let body =
                "{\"run\":\"\(run)\",\"transitions\":[{\"position\":\"p\(after + 1)\",\"event\":\(event)}]\(next)}"
            return
                "HTTP/1.1 200 OK\r\n\(SomaVersion.header): \(SomaVersion.headerValue)\r\nConnection: close\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        }
        defer { server.stop() }
        let daemon = Daemon(client: try DaemonClient(.unix(path: folder + "/s")))
        var seqs: [Int] = []
        for try await page in daemon.transitions(of: run, after: 0) {
            seqs += page.map(\.seq)
            // Long enough for whoever would read ahead.
            try await Task.sleep(for: .milliseconds(100))
            #expect(asked.withLock { $0.count } == seqs.count)
        }
        #expect(seqs == [1, 2, 3, 4, 5])
        await daemon.client.close()
    }
}
