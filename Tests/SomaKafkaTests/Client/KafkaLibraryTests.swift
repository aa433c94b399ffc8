import KafkaFixture
import Testing

@testable import SomaKafka

@Suite("librdkafka, loaded when needed")
struct KafkaLibraryTests {
    @Test("loading finds every function and says the version")
    func loads() throws {
        try KafkaLibrary.load()
        #expect(KafkaLibrary.version.hasPrefix("2."))
    }

    @Test("the tests have a broker")
    func broker() async throws {
        let brokers = try await TestBroker.brokers()
        #expect(brokers.hasPrefix("127.0.0.1:"))
    }
}
