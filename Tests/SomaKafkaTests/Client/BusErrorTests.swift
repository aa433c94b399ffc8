import CRdKafka
import SomaEngine
import Testing

@testable import SomaKafka

/// What errors of Kafka say.
@Suite("Kafka: errors")
struct BusErrorTests {
    private func told(_ detail: String?) -> BusError {
        .of(RD_KAFKA_RESP_ERR__TRANSPORT, while: "list the topics", at: "host:1", detail: detail)
    }

    @Test("A port that takes connections and never answers is one where no broker answers")
    func silence() {
        #expect(told(nil).message == "Could not list the topics at Kafka (host:1): no broker answers.")
        #expect(told(nil).kind == .unavailable)
    }

    @Test(
        "What speaks something else than Kafka is told from a broker that sends too much",
        arguments: [
            (-130_969, "CONNECT", "what answers at host:1 is no Kafka broker", "kafka.brokers"),
            // "HTTP".
            (1_213_486_160, "UP", "an HTTP server answers at host:1, and no Kafka broker", "kafka.brokers"),
            (170_930_536, "APIVERSION_QUERY", "what answers at host:1 is no Kafka broker", "kafka.brokers"),
            (
                0x1503_0300, "APIVERSION_QUERY", "host:1 speaks TLS, and was asked without it",
                "kafka.tls to on"
            ),
        ]
    )
    func strangers(size: Int, state: String, what: String, setting: String) {
        let error = told(
            "host:1/bootstrap: Receive failed: Invalid response size \(size) (0..100000000): "
                + "increase receive.message.max.bytes (after 0ms in state \(state))"
        )
        #expect(error.kind == .unavailable)
        #expect(error.message == "Could not list the topics at Kafka (host:1): \(what).")
        #expect(error.hint.contains(setting))
    }

    @Test("A broker that sends more than is taken is still told as that")
    func flood() {
        let error = told(
            "host:1/1: Receive failed: Invalid response size 200000000 (0..100000000): "
                + "increase receive.message.max.bytes (after 9ms in state UP)"
        )
        #expect(error.kind == .tooLarge)
        #expect(error.message.contains("200000000 bytes at once"))
    }
}
