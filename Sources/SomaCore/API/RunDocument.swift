/// A run as lists and `GET /v1/runs/{id}` show it.
package struct RunDocument: Sendable, Hashable, Codable, Identifiable {
    /// The run.
    package var id: RunID
    /// The seq of its last transition.
    package var seq: Int
    /// The role.
    package var role: String
    /// Where it stands.
    package var status: RunStatus
    /// Since when.
    package var statusSince: WireTime
    /// Why it is paused, failed or cancelled.
    package var statusReason: String
    /// When it started.
    package var startedAt: WireTime
    /// When its last transition was decided.
    package var lastAt: WireTime
    /// The run that delegated it.
    package var parent: RunID?
    /// How many runs are above it.
    package var depth: Int
    /// The run that it was forked from, and where.
    package var origin: RunState.Origin?
    /// What it is to reach; cut to a line in lists.
    package var goal: String?
    /// What came of it, or why it failed; cut to a line in lists.
    package var outcome: String?
    /// The folder that it works on.
    package var workspace: String?
    /// What it waits for, what matters most to a person first.
    package var waits: [Wait]
    /// The nodes that it is in.
    package var nodes: [String]
    /// The plan's steps, without their words.
    package var steps: [Plan.Step]
    /// Which plan it is, from 1; 0 before the first.
    package var planRevision: Int
    /// What it may use and has used.
    package var budget: Budget
    /// What happened, in numbers.
    package var counts: RunState.Counts
    /// Children that have not ended.
    package var children: [RunID]
    /// The name of its graph.
    package var graph: String
    /// The digests that it is pinned to.
    package var pins: [String: String]
    /// Who holds it; absent once it has ended, and while nobody does.
    package var holder: String?
    /// When the holder was last heard of; absent where it is the process that answers.
    package var holderHeardAt: WireTime?

    /// Who holds a run.
    package struct Holder: Sendable, Hashable {
        /// Its name.
        package var name: String
        /// When it was last heard of.
        package var heardAt: WireTime?

        /// Creates a holder.
        package init(name: String, heardAt: WireTime? = nil) {
            self.name = name
            self.heardAt = heardAt
        }
    }

    /// Something that the run waits for.
    package struct Wait: Sendable, Hashable, Codable {
        /// What kind of thing: `person`, `tool`, `child`, …
        package var reason: String
        /// Since when.
        package var since: WireTime
        /// What an answer binds to.
        package var seq: Int?
        /// The tool, model, child or budget.
        package var name: String
        /// Whether a person has to do something.
        package var needsPerson: Bool
    }

    /// How many characters of a text a list shows.
    package static let lineCharactersMax = 200

    /// Creates the document of a run.
    ///
    /// - Parameters:
    ///   - state: The run.
    ///   - words: Texts at hand, by name.
    ///   - holder: Who holds the run, if it has not ended.
    ///   - isLine: Whether texts are cut to a line.
    package init(_ state: RunState, words: [ContentID: String], holder: Holder?, isLine: Bool) {
        func text(_ id: ContentID?) -> String? {
            guard let text = id.flatMap({ words[$0] }) else { return nil }
            return isLine ? RunDocument.line(text) : text
        }
        id = state.id
        seq = state.seq
        role = state.role
        status = state.status
        statusSince = WireTime(state.statusSince)
        statusReason = state.statusReason
        startedAt = WireTime(state.startedAt)
        lastAt = WireTime(state.lastAt)
        parent = state.parent
        depth = state.depth
        origin = state.origin
        goal = text(state.goal)
        outcome = text(state.outcome)
        workspace = state.document["workspace"]?.string
        waits = state.waits.map { wait in
            Wait(
                reason: wait.reason.rawValue,
                since: WireTime(wait.since),
                seq: wait.seq,
                name: wait.name,
                needsPerson: wait.reason.needsPerson
            )
        }
        nodes = state.activations.map(\.node)
        steps = state.plan.steps
        planRevision = state.plan.revision
        budget = state.budget
        counts = state.counts
        children = state.children
        graph = state.graph
        pins = state.pins
        self.holder = state.status.isTerminal ? nil : holder?.name
        holderHeardAt = state.status.isTerminal ? nil : holder?.heardAt
    }

    private static func line(_ text: String) -> String {
        let line = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: true).first ?? ""
        guard line.count > lineCharactersMax else { return String(line) }
        return line.prefix(lineCharactersMax - 1) + "…"
    }

    /// Whether a person has to do something.
    package var needsPerson: Bool { waits.contains(where: \.needsPerson) }
}

/// One page of `GET /v1/runs`, the latest started first.
package struct RunPage: Sendable, Hashable, Codable {
    /// The runs.
    package var runs: [RunDocument]
    /// What `after` takes for the next page; absent on the last one.
    package var next: String?
    /// The place in the log that the page is true for.
    package var position: String

    /// Creates a page.
    package init(runs: [RunDocument], next: String?, position: String) {
        self.runs = runs
        self.next = next
        self.position = position
    }
}
