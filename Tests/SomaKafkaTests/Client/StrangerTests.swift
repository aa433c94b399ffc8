import ServerFixture
import SomaEngine
import SomaKafka
import Testing

/// Ports at which something else listens than a Kafka broker.
@Suite("Ports that speak no Kafka", .timeLimit(.minutes(1)))
struct StrangerTests {
    /// What listing the topics says where a port answers everything with some bytes, and how long that took.
    private func refusal(_ answer: String, _ change: (inout KafkaOptions) -> Void = { _ in }) async throws
        -> (error: BusError?, address: String, took: Duration)
    {
        let source = """
            import socket, sys, threading
            server = socket.create_server(("127.0.0.1", 0))
            print(server.getsockname()[1], flush=True)
            kept = []
            def serve():
                while True:
                    link, _ = server.accept()
                    kept.append(link)
                    link.recv(4096)
                    link.sendall(bytes.fromhex(sys.argv[1]))
            threading.Thread(target=serve, daemon=True).start()
            sys.stdin.read()
            """
        let script = try ServerScript(["/usr/bin/env", "python3", "-c", source, answer])
        defer { withExtendedLifetime(script) {} }
        let address = "127.0.0.1:\(script.answer())"
        var options = KafkaOptions(brokers: [address])
        options.requestTimeout = .seconds(8)
        change(&options)
        let admin = try await KafkaAdmin.open(options, logger: Cluster.logger)
        let start = ContinuousClock.now
        var found: BusError?
        do throws(BusError) { _ = try await admin.topics() } catch { found = error }
        let took = ContinuousClock.now - start
        await admin.close()
        return (found, address, took)
    }

    @Test(
        "an HTTP server and a port with TLS are told by name, with what to do",
        arguments: [
            // "HTTP/1.1 400 Bad Request", then alerts of TLS 1.2: a message that was not expected, twice.
            ("485454502f312e31203430302042616420526571756573740d0a0d0a", "an HTTP server", "kafka.brokers"),
            ("1503030002020a1503030002020a", "speaks TLS", "kafka.tls to on"),
        ]
    )
    func strangers(answer: String, word: String, setting: String) async throws {
        let (error, address, _) = try await refusal(answer)
        #expect(error?.kind == .unavailable)
        #expect(error?.message.contains(word) == true, "\(error?.description ?? "")")
        #expect(error?.message.contains(address) == true)
        #expect(error?.hint.contains(setting) == true, "\(error?.description ?? "")")
    }

    @Test("a port that stays silent is given up after the first answer's limit, and said to be silent")
    func silence() async throws {
        let (error, address, took) = try await refusal("") { $0.firstAnswerLimit = .seconds(2) }
        #expect(error?.kind == .unavailable)
        #expect(error?.message.contains(address) == true)
        #expect(error?.message.contains("has answered as a Kafka broker") == true)
        #expect(took < .seconds(5), "\(took)")
    }
}
