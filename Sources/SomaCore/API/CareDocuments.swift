/// What `GET /v1/daemon` answers.
package struct DaemonDocument: Sendable, Hashable, Codable {
    /// The product's version.
    package var version: String
    /// The version of the interface.
    package var api: Int
    /// The process.
    package var pid: Int
    /// When it started.
    package var startedAt: WireTime
    /// Who it is in the logs of runs.
    package var holder: String
    /// The store, without secrets.
    package var store: String
    /// The folder of its data.
    package var dataFolder: String
    /// Where it listens.
    package var listen: [String]
    /// Whether it has taken up its runs.
    package var isReady: Bool
    /// Runs that have not ended.
    package var runsUnfinished: Int
    /// Runs that wait for a person.
    package var runsWaitingForPerson: Int
    /// Effects under way.
    package var effectsUnderWay: Int
    /// Clients of the stream.
    package var streamClients: Int
    /// The place of the latest transition.
    package var position: String
    /// Why nothing can be made durable for the time being; absent while all is well.
    package var trouble: String?
    /// Whether it ends by itself once nothing is left to do; absent from daemons that don't tell.
    package var lingers: Bool?

    /// Creates a document.
    package init(
        pid: Int,
        startedAt: WireTime,
        holder: String,
        store: String,
        dataFolder: String,
        listen: [String],
        isReady: Bool,
        runsUnfinished: Int,
        runsWaitingForPerson: Int,
        effectsUnderWay: Int,
        streamClients: Int,
        position: String,
        lingers: Bool,
        trouble: String? = nil
    ) {
        version = SomaVersion.product
        api = SomaVersion.api
        self.pid = pid
        self.startedAt = startedAt
        self.holder = holder
        self.store = store
        self.dataFolder = dataFolder
        self.listen = listen
        self.isReady = isReady
        self.runsUnfinished = runsUnfinished
        self.runsWaitingForPerson = runsWaitingForPerson
        self.effectsUnderWay = effectsUnderWay
        self.streamClients = streamClients
        self.position = position
        self.trouble = trouble
        self.lingers = lingers
    }
}

/// What `/healthz` and `/readyz` answer.
package struct HealthDocument: Sendable, Hashable, Codable {
    /// `ok`, or what is missing.
    package var status: String

    /// Creates a document.
    package init(status: String) { self.status = status }
}

/// What `GET /v1/memory` answers.
package struct MemoryPage: Sendable, Hashable, Codable {
    /// What runs committed: the best match first, or the latest where no words were given.
    package var memories: [Item]
    /// What `after` takes for the next page; `nil` on the last.
    package var next: String?

    /// Something that a run committed.
    package struct Item: Sendable, Hashable, Codable {
        /// The run.
        package var run: RunID
        /// The folder that it is about.
        package var workspace: String
        /// When it was committed.
        package var at: WireTime
        /// What it is about, in one line.
        package var title: String
        /// What is remembered.
        package var text: String

        /// Creates an item.
        package init(run: RunID, workspace: String, at: WireTime, title: String, text: String) {
            self.run = run
            self.workspace = workspace
            self.at = at
            self.title = title
            self.text = text
        }
    }

    /// Creates a page.
    package init(memories: [Item], next: String? = nil) {
        self.memories = memories
        self.next = next
    }
}
