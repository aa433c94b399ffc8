import KafkaFixture
import SomaEngine
import Testing

@testable import SomaKafka

@Suite("TLS and logins to Kafka", .timeLimit(.minutes(2)))
struct SecurityTests {
    /// What listing the topics says; `nil` where it works.
    private func refusal(_ host: String, _ change: (inout KafkaOptions) -> Void) async throws -> BusError? {
        var options = KafkaOptions(brokers: [host])
        options.requestTimeout = .seconds(5)
        change(&options)
        let admin = try await KafkaAdmin.open(options, logger: Cluster.logger)
        defer { Task { await admin.close() } }
        do throws(BusError) {
            _ = try await admin.topics()
            return nil
        } catch {
            return error
        }
    }

    @Test("with the right authority everything goes over TLS, and messages arrive")
    func tls() async throws {
        let broker = try await TestBroker.start()
        let proxy = try await TLSProxy.start(before: broker)
        var options = KafkaOptions(brokers: ["localhost:\(proxy.port)"])
        options.usesTLS = true
        options.authorityFile = proxy.folder + "/good.crt"
        let producer = try await KafkaProducer.open(options, logger: Cluster.logger)
        try await producer.send([BusRecord(topic: "secret", key: nil, value: [UInt8]("words"))])
        await producer.close()
        let reader = try await KafkaConsumer.open(
            options,
            from: [BusPartition(topic: "secret", number: 0): 0],
            logger: Cluster.logger
        )
        #expect(try await reader.next(max: 1, within: .seconds(10)).map(\.text) == ["words"])
        await reader.close()
    }

    @Test(
        "a wrong authority, a wrong name, TLS where there is none and none where there is: each says which setting",
        arguments: [
            ("localhost", true, "stranger.crt", "kafka.tls_ca"), ("localhost", true, nil, "kafka.tls_ca"),
            ("127.0.0.1", true, "good.crt", "kafka.brokers"), ("localhost", false, nil, "kafka.tls"),
            ("broker", true, nil, "kafka.tls to off"),
        ] as [(String, Bool, String?, String)]
    )
    func mismatches(host: String, usesTLS: Bool, authority: String?, setting: String) async throws {
        let broker = try await TestBroker.start()
        let proxy = try await TLSProxy.start(before: broker)
        let place = host == "broker" ? broker.address : "\(host):\(proxy.port)"
        let error = try await refusal(place) {
            $0.usesTLS = usesTLS
            $0.authorityFile = authority.map { "\(proxy.folder)/\($0)" }
        }
        #expect(error?.kind == (usesTLS ? .refused : .unavailable))
        #expect(error?.message.contains(place) == true)
        #expect(error?.hint.contains(setting) == true, "\(error?.description ?? "")")
        // The same trouble is told in the same words, so that a log needs it once.
        #expect(error?.message.contains("(after") == false)
    }

    @Test("a login that the broker can't do names the settings, and never the password")
    func login() async throws {
        let error = try await refusal(TestBroker.brokers()) {
            $0.login = KafkaOptions.Login(.scramSHA256, user: "me", password: "hunter2")
        }
        #expect(error?.kind == .refused)
        #expect(error?.hint == "Check kafka.login, kafka.user and kafka.password.")
        #expect(error?.description.contains("hunter2") == false)
        // This broker takes everybody who says who he is.
        let plain = try await refusal(TestBroker.brokers()) {
            $0.login = KafkaOptions.Login(.plain, user: "me", password: "hunter2")
        }
        #expect(plain == nil)
    }
}
