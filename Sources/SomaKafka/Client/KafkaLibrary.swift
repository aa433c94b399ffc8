internal import CRdKafka
import SomaEngine

/// librdkafka, loaded when somebody first asks for a client.
enum KafkaLibrary {
    /// Loads it, which reads files; later calls cost nothing.
    static func load() throws(BusError) {
        guard soma_rdkafka_load() != 0 else { return }
        throw BusError(
            .configuration,
            "librdkafka can't be used: \(String(cString: soma_rdkafka_load_failure())).",
            hint: "Install it (Debian: librdkafka1, version 2.0 or later)."
        )
    }

    /// Its version, once it is loaded.
    static var version: String { String(cString: rd_kafka_version_str()) }
}
