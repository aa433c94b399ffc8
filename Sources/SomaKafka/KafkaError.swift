/// Why something with Kafka didn't work.
package struct KafkaError: Error, Equatable, CustomStringConvertible {
    package enum Kind: Sendable, Equatable {
        /// librdkafka is missing or too old.
        case library
    }

    package let kind: Kind
    /// What failed, on what.
    package let summary: String
    /// The setting that it hangs on and what to do; empty where there is nothing to say.
    package let hint: String

    package init(_ kind: Kind, _ summary: String, hint: String = "") {
        self.kind = kind
        self.summary = summary
        self.hint = hint
    }

    package var description: String { hint.isEmpty ? summary : "\(summary). \(hint)" }
}
