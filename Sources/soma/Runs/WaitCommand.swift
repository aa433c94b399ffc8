import ArgumentParser
import SomaCore

/// `soma wait RUN…`: waits for ends.
struct WaitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Wait until runs have ended.",
        discussion: """
            Ends with 0 when all have completed, 1 when one failed, and 4 when one waits
            for a person.

            Example:
              soma wait $(soma run "survey ." --detach)
            """
    )

    @OptionGroup(title: "Common options") var global: GlobalOptions

    @Argument(help: "Runs.")
    var runs: [String]

    @Flag(help: "Go on waiting while a person is needed.")
    var patient = false

    func run() async throws {
        guard !runs.isEmpty else { throw CommandFailure(.usage, "Name at least one run.") }
        let daemon = try await Daemon.attach(global)
        var ended: [RunDocument] = []
        for name in runs {
            let run = try await daemon.run(name)
            ended.append(try await daemon.end(of: run.id, patient: patient))
        }
        if global.json { Out.json(.array(try ended.map { try JSON(encoding: $0) })) }
        if let failed = ended.first(where: { $0.status == .failed || $0.status == .cancelled }) {
            throw CommandFailure(
                .failed,
                "\(failed.id.short) \(failed.status.rawValue): \(failed.endingWords)"
            )
        }
        if let waiting = ended.first(where: { !$0.status.isTerminal }) { throw RunOutcome.waiting(waiting) }
    }
}
