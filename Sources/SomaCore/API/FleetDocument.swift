/// What `GET /v1/fleet` answers: the states of the runs at hand, and the place that they are true for.
///
/// Attaching is this, then the stream after `position`: nothing is missing and nothing comes twice.
package struct FleetDocument: Sendable {
    /// How many bytes a text may have to be sent along; longer ones are asked for by name.
    package static let wordsBytesMax = 2048

    /// The place in the log.
    package var position: String
    /// Who holds the runs.
    package var holder: String
    /// The states, in the order in which the runs were first seen.
    package var runs: [RunState]
    /// The words of goals, by name.
    package var words: [ContentID: String]

    /// Creates a document.
    package init(position: String, holder: String, runs: [RunState], words: [ContentID: String]) {
        self.position = position
        self.holder = holder
        self.runs = runs
        self.words = words
    }

    /// The document as JSON.
    package var json: JSON {
        let words = self.words.map { ($0.key.description, JSON.string($0.value)) }.sorted { $0.0 < $1.0 }
        return [
            "position": .string(position), "holder": .string(holder), "runs": .array(runs.map(\.record)),
            "words": .object(JSONObject(words)),
        ]
    }

    /// Reads the document; `nil` where it is none.
    package init?(_ json: JSON) {
        guard let position = json["position"]?.string, let runs = json["runs"]?.array else { return nil }
        self.position = position
        holder = json["holder"]?.string ?? ""
        self.runs = runs.map(RunState.init(record:))
        words = [:]
        for member in json["words"]?.object?.members ?? [] {
            guard let id = ContentID(member.key), let text = member.value.string else { continue }
            words[id] = text
        }
    }

    /// The fleet of these runs.
    package var fleet: Fleet { Fleet(runs: runs) }
}
