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
    /// Words that most readers show first (`wordsShownFirst`), by name.
    package var words: [ContentID: String]
    /// The daemon's product version; empty where it isn't told.
    package var version: String
    /// The names of the roles that runs can have.
    package var roles: [String]

    /// Creates a document.
    package init(
        position: String,
        holder: String,
        runs: [RunState],
        words: [ContentID: String],
        version: String = "",
        roles: [String] = []
    ) {
        self.position = position
        self.holder = holder
        self.runs = runs
        self.words = words
        self.version = version
        self.roles = roles
    }

    /// The words that whoever looks at runs shows first: all goals, what a person is asked, and how the last ones
    /// ended. Asking for them by name would be another round trip before the first screen is complete.
    package static func wordsShownFirst(of runs: [RunState]) -> Set<ContentID> {
        var ids: Set<ContentID> = []
        for run in runs {
            if let goal = run.goal { ids.insert(goal) }
            guard !run.status.isTerminal, run.waiting?.reason.needsPerson == true else { continue }
            for activation in run.activations { ids.formUnion(activation.requests.compactMap(\.arguments)) }
        }
        let ended = runs.filter { $0.status.isTerminal && $0.outcome != nil }
            .sorted { $0.statusSince > $1.statusSince }
        ids.formUnion(ended.prefix(outcomesMax).compactMap(\.outcome))
        return ids
    }

    /// How many of the last outcomes are sent along.
    private static let outcomesMax = 20

    /// The document as JSON.
    package var json: JSON {
        let words = self.words.map { ($0.key.description, JSON.string($0.value)) }.sorted { $0.0 < $1.0 }
        return [
            "position": .string(position), "holder": .string(holder), "runs": .array(runs.map(\.record)),
            "words": .object(JSONObject(words)), "version": .string(version), "roles": JSON(roles),
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
        version = json["version"]?.string ?? ""
        roles = json["roles"]?.array?.compactMap(\.string) ?? []
    }

    /// The fleet of these runs.
    package var fleet: Fleet { Fleet(runs: runs) }
}
