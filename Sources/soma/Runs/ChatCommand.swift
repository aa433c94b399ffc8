import ArgumentParser
import Glibc
import SomaCore
import SomaTerminal

/// `soma chat [MESSAGE]`: messages that runs answer.
struct ChatCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chat",
        abstract: "Talk: each message is answered by a run that knows what was said before.",
        discussion: """
            Without MESSAGE, messages are read from standard input, one a line.

            Examples:
              soma chat
              soma chat "survey ."
              soma chat "and the tests?" --conversation 7f3a91c0t4m2k9x
            """
    )

    @OptionGroup(title: "Common options") var global: GlobalOptions

    @Argument(help: "What is said; without it, lines of standard input.")
    var message: String?

    @Option(help: ArgumentHelp("Go on with an earlier conversation.", valueName: "id"))
    var conversation: String?

    @Option(help: "The role that answers; each message decides where none is named.")
    var role: String?

    @Option(help: ArgumentHelp("The folder to work on; this one where none is named.", valueName: "dir"))
    var workspace: String?

    func validate() throws {
        if conversation != nil, role != nil || workspace != nil {
            throw ValidationError("--role and --workspace are those with which the conversation began.")
        }
    }

    func run() async throws {
        let daemon = try await Daemon.attach(global, spawning: true)
        let id = try await begin(daemon)
        let chat = Chat(daemon: daemon, id: id, global: global)
        if let message {
            try await chat.say(message, isPatient: false)
        } else {
            let isTyped = isatty(STDIN_FILENO) == 1
            while let line = isTyped ? Self.typed() : readLine() {
                guard line.contains(where: { !$0.isWhitespace }) else { continue }
                do {
                    try await chat.say(line, isPatient: true)
                } catch let failure as CommandFailure where isTyped && failure.code != .noDaemon {
                    Out.note(failure.text(global.style(of: STDERR_FILENO)))
                }
            }
            if isTyped { Out.note("") }
        }
        if !global.json {
            Out.note("soma chat --conversation \(SafeText.line(id.rawValue))   goes on with it")
        }
    }

    private func begin(_ daemon: Daemon) async throws -> ConversationID {
        if let conversation { return try await daemon.conversation(conversation).id }
        let request = StartConversationDocument(
            role: role,
            workspace: WorkingFolder.absolute(workspace ?? ".")
        )
        return try await daemon.converse(request).id
    }

    private static func typed() -> String? {
        Out.write("› ", to: STDERR_FILENO)
        return readLine()
    }
}

/// One conversation with a daemon.
private struct Chat {
    /// How long to wait before a message is looked at again; its run begins within milliseconds.
    private static let lookInterval = Duration.milliseconds(50)

    let daemon: Daemon
    let id: ConversationID
    let global: GlobalOptions

    /// Says something, and prints the answer.
    func say(_ text: String, isPatient: Bool) async throws {
        let asked = try await daemon.say(text, in: id)
        let progress = RunProgress(daemon: daemon, global: global)
        let interruption = Interruption {
            progress.line.clear()
            return
                "soma: it is answered without you.\n  soma chat --conversation \(SafeText.line(id.rawValue))"
        }
        defer { interruption.end() }
        if let run = try await run(for: asked.number) {
            var standing = try await progress.follow(run)
            while !standing.status.isTerminal {
                let waiting = RunOutcome.waiting(standing)
                guard isPatient else { throw waiting }
                Out.note(waiting.text(global.style(of: STDERR_FILENO)))
                standing = try await daemon.end(of: run, patient: true)
            }
        }
        try tell(try await answer(to: asked.number))
    }

    /// The run that answers a message, once it has begun; `nil` where none could be started.
    private func run(for number: Int) async throws -> RunID? {
        while true {
            let message = try await daemon.messages(of: id, after: number - 1, limit: 1).messages.first
            // Its name is kept before the run is.
            if let run = message?.run, await isThere(run) { return run }
            if message?.status == "answered" { return nil }
            try await Task.sleep(for: Self.lookInterval)
        }
    }

    private func isThere(_ run: RunID) async -> Bool { (try? await daemon.run(run.rawValue)) != nil }

    private func answer(to number: Int) async throws -> MessageDocument {
        var last = number
        while true {
            let page = try await daemon.messages(of: id, after: last).messages
            if let answer = page.first(where: { $0.answers == number }) { return answer }
            last = page.last?.number ?? last
            if page.isEmpty { try await Task.sleep(for: Self.lookInterval) }
        }
    }

    private func tell(_ answer: MessageDocument) throws {
        if global.json { Out.record(try JSON(encoding: answer)) }
        let text = answer.text ?? "The words are gone."
        switch answer.status {
        case "completed":
            if !global.json { Out.bytes(Array((text.hasSuffix("\n") ? text : text + "\n").utf8)) }
        case "refused": throw CommandFailure(.refused, SafeText.lines(text).joined(separator: "\n"))
        default:
            throw CommandFailure(
                .failed,
                "\(answer.run?.short ?? "The run") \(SafeText.line(answer.status)): \(SafeText.line(text))"
            )
        }
    }
}
