import Glibc
import SomaClient
import SomaCore

@testable import soma

/// People and programs that use a cluster while things go wrong: they ask again, under the same key, until they are answered.
struct ChaosLoad {
    /// Something that is to be done: a run, or a message of a conversation.
    private struct Job {
        let key: String
        /// The key of the conversation that it is a message of; `nil` for a run.
        let talk: String?
        /// Whether the answer came.
        var isTaken = false
        var run: RunID?
        var conversation: ConversationID?
        var number = 0

        /// Every second one is a message, and three of them go to each conversation.
        init(_ number: Int) {
            key = "job-\(number)"
            talk = number % 2 == 0 ? "talk-\(number / 6)" : nil
        }
    }

    /// What was acknowledged: the highest seq of each run that a client was told of.
    private(set) var acknowledged: [RunID: Int] = [:]
    /// Runs and answers that were seen to have ended.
    private(set) var ended = 0
    /// Doubts that were settled.
    private(set) var settled = 0
    /// Requests that failed.
    private(set) var failures = 0
    private var lastFailure = "none"
    /// What must not be.
    private(set) var findings: [String] = []
    /// How many are open.
    var open: Int { jobs.count }

    private let client: DaemonClient
    private let workspace: String
    private let written: () -> [String]
    private var jobs: [Job] = []
    private var lastKey = 0

    /// - Parameter written: The lines that the runs' tools have written.
    init(_ client: DaemonClient, workspace: String, written: @escaping () -> [String]) {
        self.client = client
        self.workspace = workspace
        self.written = written
    }

    // MARK: More work

    /// Keeps so many jobs open, every second one a message.
    mutating func fill(upTo count: Int) async {
        while jobs.count < count {
            lastKey += 1
            jobs.append(Job(lastKey))
        }
        // Some at once, as there are many clients.
        let waiting = jobs.indices.filter { !jobs[$0].isTaken }.prefix(40)
        let results = await withTaskGroup(of: (Int, Result<Job, any Error>).self) {
            [client, workspace, jobs] group in
            for index in waiting {
                group.addTask {
                    do {
                        return (index, .success(try await Self.send(jobs[index], client, workspace)))
                    } catch {
                        return (index, .failure(error))
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        for (index, result) in results {
            switch result {
            case .success(let job):
                jobs[index] = job
                if let run = job.run { note(run, 1) }
            case .failure(let error):
                failures += 1
                lastFailure = "\(error)"
            }
        }
    }

    private static func send(_ job: Job, _ client: DaemonClient, _ workspace: String) async throws -> Job {
        var job = job
        if let talk = job.talk {
            let request = StartConversationDocument(role: PerfFolder.role, workspace: workspace)
            let id = try await client.converse(request, key: talk).id
            job.number = try await client.say("work", in: id, key: job.key).number
            job.conversation = id
        } else {
            let request = StartRunDocument(goal: "work", role: PerfFolder.role, workspace: workspace)
            job.run = try await client.start(request, key: job.key).run
        }
        job.isTaken = true
        return job
    }

    // MARK: What becomes of it

    /// Looks at what goes on, settles what is in doubt where that may be done, and lets go of what has ended.
    mutating func look(settling: Bool) async {
        guard let page = try? await client.runs(status: "unfinished") else {
            failures += 1
            return
        }
        let going = Set(page.runs.map(\.id))
        for run in page.runs {
            note(run.id, run.seq)
            guard settling else { continue }
            for wait in run.waits where wait.reason == "doubt" { await settle(run.id, wait.seq) }
        }
        await letGoOfRuns(going)
        await letGoOfMessages()
    }

    /// Says of a call in doubt whether it happened, as the file shows.
    private mutating func settle(_ run: RunID, _ seq: Int?) async {
        guard let seq,
            let call = try? await client.transitions(of: run, after: seq - 1).transitions.first,
            let id = call.content("arguments"),
            let words = try? await client.content([id]).values.first,
            let line = try? JSON.parse(words).object?["line"]?.string
        else { return }
        guard
            let receipt = try? await client.settle(
                run.rawValue,
                effect: seq,
                happened: written().contains(line)
            )
        else {
            failures += 1
            return
        }
        settled += 1
        note(run, receipt.seq)
    }

    private mutating func letGoOfRuns(_ going: Set<RunID>) async {
        var over: Set<String> = []
        for job in jobs {
            guard let run = job.run, !going.contains(run),
                let document = try? await client.run(run.rawValue)
            else { continue }
            note(run, document.seq)
            if document.status.isTerminal { over.insert(job.key) }
        }
        remove(over)
    }

    private mutating func letGoOfMessages() async {
        var waiting: [ConversationID: [Job]] = [:]
        for job in jobs {
            if let conversation = job.conversation { waiting[conversation, default: []].append(job) }
        }
        var over: Set<String> = []
        // Some each time: whoever waits for an answer doesn't ask all the time either.
        for (conversation, jobs) in waiting.shuffled().prefix(20) {
            guard let messages = try? await client.messages(of: conversation, after: 0).messages else {
                failures += 1
                continue
            }
            let answers = messages.filter { $0.author == "agent" }
            let order = answers.compactMap(\.answers)
            if order != order.sorted() || Set(order).count != order.count {
                findings.append("\(conversation) was answered in the order \(order)")
            }
            for job in jobs where order.contains(job.number) { over.insert(job.key) }
            for answer in answers { if let run = answer.run { note(run, 1) } }
        }
        remove(over)
    }

    private mutating func remove(_ keys: Set<String>) {
        jobs.removeAll { keys.contains($0.key) }
        ended += keys.count
    }

    private mutating func note(_ run: RunID, _ seq: Int) {
        acknowledged[run] = max(acknowledged[run] ?? 0, seq)
    }

    /// What is open, in words, and the last refusal.
    var rest: String {
        "last refused with \(lastFailure); "
            + jobs.prefix(20).map {
                "\($0.key): \($0.run?.rawValue ?? $0.conversation?.rawValue ?? "not taken")"
            }
            .joined(separator: ", ")
    }
}
