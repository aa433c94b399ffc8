import Logging
import SomaEngine
import Testing

@testable import SomaKafka

@Suite("Settings for Kafka, as librdkafka gets them")
struct KafkaOptionsTests {
    private func value(_ name: String, _ options: KafkaOptions) -> String? {
        options.properties.last { $0.name == name }?.value
    }

    @Test("brokers elsewhere are spoken to with TLS, unless somebody says otherwise")
    func tls() {
        for (brokers, expected) in [
            (["127.0.0.1:9092"], "plaintext"), (["localhost:9092"], "plaintext"),
            (["[::1]:9092"], "plaintext"),
            (["kafka:9092"], "ssl"), (["localhost:9092", "kafka:9092"], "ssl"),
        ] {
            #expect(value("security.protocol", KafkaOptions(brokers: brokers)) == expected)
        }
        var open = KafkaOptions(brokers: ["kafka:9092"])
        open.usesTLS = false
        #expect(value("security.protocol", open) == "plaintext")
        open.login = KafkaOptions.Login(.scramSHA512, user: "u", password: "p")
        #expect(value("security.protocol", open) == "sasl_plaintext")
        #expect(value("sasl.mechanisms", open) == "SCRAM-SHA-512")
    }

    @Test("a password is in no text of the settings, nor in an error about them")
    func secrets() async {
        var options = KafkaOptions(brokers: ["127.0.0.1:1"])
        options.login = KafkaOptions.Login(.plain, user: "me", password: "hunter2\0")
        var text = ""
        dump(options, to: &text)
        #expect(!text.contains("hunter2"))
        #expect(!"\(options)".contains("hunter2"))
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let error = await #expect(throws: BusError.self) {
            _ = try await KafkaAdmin.open(options, logger: logger)
        }
        #expect(error?.kind == .configuration)
        #expect(error?.description.contains("hunter2") == false)
        #expect(error?.hint.contains("kafka.password") == true)
    }

    @Test("a file of certificates that can't be read is an error that names its setting")
    func authority() async {
        var options = KafkaOptions(brokers: ["kafka:9093"])
        options.authorityFile = "/nowhere/ca.pem"
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let error = await #expect(throws: BusError.self) {
            _ = try await KafkaAdmin.open(options, logger: logger)
        }
        #expect(error?.kind == .configuration)
        #expect(error?.message == "The file /nowhere/ca.pem can't be read: No such file or directory.")
        #expect(error?.hint.contains("kafka.tls_ca") == true)
    }

    @Test("librdkafka's statistics are read, and brokers that it only suspects are left out")
    func statistics() {
        let text = """
            {"name":"soma#consumer-1","msg_cnt":3,"msg_size":40,"txmsgs":5,"txmsg_bytes":60,"rxmsgs":7,"rxmsg_bytes":80,
            "brokers":{"a:1/bootstrap":{"nodeid":-1,"state":"UP","rtt":{"p95":9}},
            "a:1/1":{"nodeid":1,"state":"UP","rtt":{"p95":1500},"req_timeouts":2},
            "b:1/2":{"nodeid":2,"state":"DOWN","rtt":{"p95":0},"req_timeouts":1}},
            "topics":{"t":{"partitions":{"0":{"consumer_lag":4},"1":{"consumer_lag":6},"-1":{"consumer_lag":-1}}}}}
            """
        var expected = KafkaStatistics()
        expected.client = "soma#consumer-1"
        (expected.queuedMessages, expected.queuedBytes) = (3, 40)
        (expected.sentMessages, expected.sentBytes) = (5, 60)
        (expected.receivedMessages, expected.receivedBytes) = (7, 80)
        (expected.brokersUp, expected.brokers, expected.timeouts) = (1, 2, 3)
        expected.roundTrip = .microseconds(1500)
        expected.lag = ["t": 10]
        #expect(KafkaStatistics(json: text) == expected)
        #expect(KafkaStatistics(json: "[") == nil)
    }
}
