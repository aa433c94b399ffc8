import ArgumentParser
import Glibc
import SomaClient
import SomaConsole
import SomaCore
import SomaTerminal

/// `soma record`: writes what happened, and what happens, into a file.
struct RecordCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Record runs into a file that soma replay plays.",
        discussion: """
            Without --follow, what the log holds now; with it, until Ctrl-C or, for one
            run, its end. A recording that was cut off opens all the same.

            Examples:
              soma record --out today.soma.ndjson
              soma record --run 7f3a91 --follow --out run.soma.ndjson
              soma record --run 7f3a91 --no-content | gzip >structure-only.gz
            """
    )

    @OptionGroup(title: "Common options") var global: GlobalOptions

    @Option(help: "Only this run.")
    var run: String?

    @Option(help: ArgumentHelp("The file; standard output where none is named.", valueName: "file"))
    var out: String?

    @Flag(name: [.short, .long], help: "Go on with what happens.")
    var follow = false

    @Flag(help: "Leave the words out: structure only.")
    var noContent = false

    func run() async throws {
        let daemon = try await Daemon.attach(global)
        let header = RecordingHeader(
            at: Now.timestamp,
            program: "soma \(SomaVersion.product)",
            hasContent: !noContent
        )
        var sink = try RecordingSink(path: out, header: header)
        var seen: Set<ContentID> = []
        func take(_ transitions: [Transition]) async throws {
            var words: [ContentID: String] = [:]
            if !noContent {
                let ids = transitions.flatMap(\.recordedWords).filter { !seen.contains($0) }
                seen.formUnion(ids)
                words = try await daemon.words(ids)
            }
            for transition in transitions {
                for id in transition.recordedWords {
                    guard let text = words.removeValue(forKey: id) else { continue }
                    try sink.append(.content(RecordedContent(id: id, text: text)))
                }
                try sink.append(.transition(transition))
            }
            try sink.flush()
        }
        // What happens while the log is read comes again with the stream, and is left out there.
        let position = try await daemon.status().position
        let runs = try await wanted(daemon)
        var told: [RunID: Int] = [:]
        var log = MergedLog(runs, daemon)
        while let batch = try await log.next() {
            for transition in batch { told[transition.run] = transition.seq }
            try await take(batch)
        }
        let root = run == nil ? nil : runs.first
        if follow, root?.status.isTerminal != true {
            var ids = Set(runs.map(\.id))
            for try await event in daemon.client.follow(after: position) {
                guard case .transition(let transition, _) = event,
                    transition.seq > told[transition.run, default: 0]
                else { continue }
                if let parent = transition.parent, ids.contains(parent) { ids.insert(transition.run) }
                guard root == nil || ids.contains(transition.run) else { continue }
                try await take([transition])
                if transition.run == root?.id, transition.kind.isTerminal { break }
            }
        }
        try sink.finish()
        if let out {
            Out.note(
                "Recorded \(sink.transitions) transitions into \(SafeText.line(out)). Play it: soma replay \(SafeText.line(out))"
            )
        }
    }

    /// The runs to record, the first started first, each after the run that delegated it.
    private func wanted(_ daemon: Daemon) async throws -> [RunDocument] {
        let all = try await daemon.runs(all: true).sorted { $0.startedAt.timestamp < $1.startedAt.timestamp }
        guard let run else { return all }
        let root = try await daemon.run(run)
        var ids: Set<RunID> = [root.id]
        for candidate in all {
            if let parent = candidate.parent, ids.contains(parent) { ids.insert(candidate.id) }
        }
        return [root] + all.filter { $0.id != root.id && ids.contains($0.id) }
    }
}

extension Transition {
    /// The words that a recording needs to show it: its own, and the graph that its run is drawn in.
    fileprivate var recordedWords: [ContentID] { content.map(\.id) + [pinnedGraph].compactMap { $0 } }
}

/// Where a recording goes: a file, or standard output.
struct RecordingSink: ~Copyable {
    private var writer: RecordingWriter
    private let descriptor: Int32
    private let path: String?
    private(set) var transitions = 0

    init(path: String?, header: RecordingHeader) throws {
        self.path = path
        writer = RecordingWriter(header: header)
        guard let path else {
            descriptor = STDOUT_FILENO
            return
        }
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            let hint = errno == EEXIST ? "Choose another name, or remove it first." : ""
            throw CommandFailure(.usage, "\(path): \(String(cString: strerror(errno)))", hint: hint)
        }
    }

    mutating func append(_ event: RecordingEvent) throws {
        switch event {
        case .transition(let transition):
            writer.append(transition)
            transitions += 1
        case .content(let content): writer.append(content)
        default: break
        }
    }

    mutating func flush() throws { Out.write(writer.take(), to: descriptor) }

    mutating func finish() throws {
        Out.write(writer.finish(), to: descriptor)
        guard path != nil else { return }
        fsync(descriptor)
        close(descriptor)
    }
}
