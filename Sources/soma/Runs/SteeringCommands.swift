import ArgumentParser
import Glibc
import SomaCore
import SomaSettings

/// What every steering command says when it is done.
private func confirm(_ receipt: ReceiptDocument, _ what: String, _ global: GlobalOptions) throws {
    if global.json { return Out.json(try JSON(encoding: receipt)) }
    Out.line("\(receipt.run.short) \(what)")
}

/// `soma approve RUN[/SEQ]`.
struct ApproveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve",
        abstract: "Let a run do what it asks for.",
        discussion: """
            SEQ is the question; it may be left out where only one is open. An answer to
            a question that is no longer open is refused.

            Examples:
              soma approve 7f3a91
              soma approve 7f3a91/57 --args edited.json
            """
    )

    @OptionGroup(title: "Common options") var global: GlobalOptions

    @Argument(help: ArgumentHelp("A run, or one of its questions.", valueName: "run[/seq]"))
    var place: RunPlace

    @Option(
        help: ArgumentHelp("Other arguments, as JSON in a file or - for standard input.", valueName: "file")
    )
    var args: String?

    func run() async throws {
        let arguments = try args.map { try InputFile.json($0) }
        let daemon = try await Daemon.attach(global)
        let receipt = try await daemon.answer(place, AnswerDocument(.approve, arguments: arguments))
        try confirm(receipt, "goes ahead\(arguments == nil ? "" : " with the edited arguments")", global)
    }
}

/// `soma reject RUN[/SEQ] -m TEXT`.
struct RejectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reject",
        abstract: "Refuse what a run asks for, and say why.",
        discussion: "Example:\n  soma reject 7f3a91/57 -m \"not on staging\""
    )

    @OptionGroup(title: "Common options") var global: GlobalOptions

    @Argument(help: ArgumentHelp("A run, or one of its questions.", valueName: "run[/seq]"))
    var place: RunPlace

    @Option(
        name: [.short, .long],
        parsing: .unconditional,
        help: ArgumentHelp("Why; the run gets to read it.", valueName: "text")
    )
    var message: String

    func run() async throws {
        let daemon = try await Daemon.attach(global)
        let receipt = try await daemon.answer(place, AnswerDocument(.reject, text: message))
        try confirm(receipt, "was told no", global)
    }
}

/// `soma answer RUN[/SEQ] TEXT`.
struct AnswerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "answer",
        abstract: "Answer a run's question in words.",
        discussion: """
            A text that begins with a dash stands behind --.

            Examples:
              soma answer 7f3a91 "the blue one"
              soma answer 7f3a91/57 -- "-5 degrees"
            """
    )

    @OptionGroup(title: "Common options") var global: GlobalOptions

    @Argument(help: ArgumentHelp("A run, or one of its questions.", valueName: "run[/seq]"))
    var place: RunPlace

    @Argument(help: "The answer.")
    var text: String

    func run() async throws {
        let daemon = try await Daemon.attach(global)
        let receipt = try await daemon.answer(place, AnswerDocument(.answer, text: text))
        try confirm(receipt, "has your answer", global)
    }
}

/// `soma settle RUN/SEQ --happened|--not-happened`.
struct SettleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settle",
        abstract: "Say whether a call whose result was lost has happened.",
        discussion: """
            Look first: the run knows only that it was started. With --not-happened it
            is started again.

            Example:
              soma settle 7f3a91/57 --happened
            """
    )

    @OptionGroup(title: "Common options") var global: GlobalOptions

    @Argument(help: ArgumentHelp("The call in doubt.", valueName: "run/seq"))
    var place: RunPlace

    @Flag(help: "It has happened.")
    var happened = false

    @Flag(help: "It has not happened.")
    var notHappened = false

    func run() async throws {
        guard happened != notHappened else {
            throw CommandFailure(.usage, "Say which: --happened or --not-happened.")
        }
        let daemon = try await Daemon.attach(global)
        let receipt = try await daemon.settle(place, happened: happened)
        try confirm(receipt, happened ? "takes it as done" : "does it again", global)
    }
}

/// `soma pause RUN`.
struct PauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Hold a run: calls under way end, nothing new begins.",
        discussion: "Example:\n  soma pause 7f3a91"
    )

    @OptionGroup(title: "Common options") var global: GlobalOptions

    @Argument(help: "A run.")
    var run: String

    func run() async throws {
        let daemon = try await Daemon.attach(global)
        try confirm(try await daemon.steer(run, "pause"), "is paused", global)
    }
}

/// `soma resume RUN`.
struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Let a paused run go on.",
        discussion: "Example:\n  soma resume 7f3a91"
    )

    @OptionGroup(title: "Common options") var global: GlobalOptions

    @Argument(help: "A run.")
    var run: String

    func run() async throws {
        let daemon = try await Daemon.attach(global)
        try confirm(try await daemon.steer(run, "resume"), "goes on", global)
    }
}

/// `soma cancel RUN`.
struct CancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "End a run and all that it delegated.",
        discussion: "Example:\n  soma cancel 7f3a91 -m \"wrong folder\""
    )

    @OptionGroup(title: "Common options") var global: GlobalOptions

    @Argument(help: "A run.")
    var run: String

    @Option(name: [.short, .long], parsing: .unconditional, help: ArgumentHelp("Why.", valueName: "text"))
    var message: String?

    func run() async throws {
        let daemon = try await Daemon.attach(global)
        try confirm(try await daemon.cancel(run, reason: message), "is cancelled", global)
    }
}

/// `soma fork RUN --at SEQ`.
struct ForkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fork",
        abstract: "Start a new run from one of a run's transitions.",
        discussion: """
            The new run shares the log up to there. --edit changes the state document
            there: a JSON object whose members are set, and removed where they are null.

            Examples:
              soma fork 7f3a91 --at 57
              soma fork 7f3a91 --at 57 --edit changes.json
            """
    )

    @OptionGroup(title: "Common options") var global: GlobalOptions

    @Argument(help: "A run.")
    var run: String

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The last transition that is shared.", valueName: "seq")
    )
    var at: Int

    @Option(
        help: ArgumentHelp(
            "Changes to the document, as JSON in a file or - for standard input.",
            valueName: "file"
        )
    )
    var edit: String?

    func run() async throws {
        var changes: JSONObject?
        if let edit {
            guard let object = try InputFile.json(edit).object else {
                throw CommandFailure(.usage, "\(edit): expected a JSON object.")
            }
            changes = object
        }
        let daemon = try await Daemon.attach(global)
        let receipt = try await daemon.fork(run, ForkDocument(at: at, edit: changes))
        if global.json { return Out.json(try JSON(encoding: receipt)) }
        Out.line(receipt.run.rawValue)
    }
}

/// `soma budget RUN`.
struct BudgetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "budget",
        abstract: "Change what a run may use; if it waits, it goes on.",
        discussion: "Example:\n  soma budget 7f3a91 --usd 2.50 --steps 400"
    )

    @OptionGroup(title: "Common options") var global: GlobalOptions

    @Argument(help: "A run.")
    var run: String

    @Option(parsing: .unconditional, help: ArgumentHelp("US dollars in all.", valueName: "usd"))
    var usd: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("Steps in all.", valueName: "n"))
    var steps: Int?

    @Option(parsing: .unconditional, help: ArgumentHelp("Tokens in all.", valueName: "n"))
    var tokens: Int?

    @Option(parsing: .unconditional, help: "How long it may work in all: 10m, 2h.")
    var time: String?

    func run() async throws {
        let limits = try LimitArguments.limits(usd: usd, steps: steps, tokens: tokens, time: time)
        guard limits != Limits() else {
            throw CommandFailure(.usage, "Give at least one of --usd, --steps, --tokens, --time.")
        }
        let daemon = try await Daemon.attach(global)
        try confirm(try await daemon.budget(run, limits), "has a new budget", global)
    }
}

/// Limits from flags.
enum LimitArguments {
    static func limits(
        prefix: String = "--",
        usd: String?,
        steps: Int?,
        tokens: Int?,
        time: String?
    ) throws -> Limits {
        var limits = Limits(tokens: tokens, steps: steps)
        for (name, value) in [("\(prefix)steps", steps), ("\(prefix)tokens", tokens)]
        where value.map({ $0 < 1 }) ?? false {
            throw CommandFailure(.usage, "\(name) must be at least 1.")
        }
        if let usd {
            guard let money = Money(usd) else {
                throw CommandFailure(.usage, "\(prefix)usd: \"\(usd)\" is no amount: give 0.50 or 12.")
            }
            limits.microdollars = Int(money.microdollars)
        }
        if let time {
            guard let duration = DurationText.parse(time), duration >= .seconds(1) else {
                throw CommandFailure(
                    .usage,
                    "\(prefix)time: \"\(time)\" is no length of time: give 90s, 10m or 2h."
                )
            }
            limits.seconds = Int(duration.components.seconds)
        }
        return limits
    }
}

/// Input that a person names: a file, or - for standard input.
enum InputFile {
    /// The most that is read where nothing else is said.
    static let bytesMax = 16 << 20

    /// - Parameter bytesMax: The most that is read.
    static func bytes(_ path: String, bytesMax: Int = InputFile.bytesMax) throws -> [UInt8] {
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw CommandFailure(.usage, "\(path): \(String(cString: strerror(errno)))")
        }
        defer { if path != "-" { close(descriptor) } }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw CommandFailure(.usage, "\(name(path)): \(String(cString: strerror(errno)))")
            }
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
            guard bytes.count <= bytesMax else {
                throw tooLarge(name(path), bytesMax)
            }
        }
    }

    /// What messages call it.
    static func name(_ path: String) -> String { path == "-" ? "standard input" : path }

    static func tooLarge(_ name: String, _ bytesMax: Int) -> CommandFailure {
        CommandFailure(.usage, "\(name): more than \(bytesMax >> 20) MiB, which is the most that is read.")
    }

    static func json(_ path: String) throws -> JSON {
        let bytes = try bytes(path)
        do throws(JSONError) {
            return try JSON.parse(bytes)
        } catch {
            throw CommandFailure(.usage, "\(name(path)):\(error.line):\(error.column): \(error.message)")
        }
    }
}
