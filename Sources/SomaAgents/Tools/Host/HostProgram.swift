import Glibc
import SomaCore

/// Runs the few programs of the host that serve as a second measurement: fixed paths, empty environment, short.
enum HostProgram {
    static func find(_ places: [String]) throws(ToolError) -> String {
        guard let found = places.first(where: { access($0, X_OK) == 0 }) else {
            throw ToolError(.notFound, "\(places[0]) is not installed.", hint: "Use another method.")
        }
        return found
    }

    /// What a program writes, as text.
    static func output(
        _ program: String,
        _ arguments: [String],
        environment: [String] = [],
        timeout: Duration = .seconds(10),
        outputBytesMax: Int = 8 << 20
    ) throws(ToolError) -> String {
        let bytes = try bytes(
            program,
            arguments,
            environment: environment,
            timeout: timeout,
            outputBytesMax: outputBytesMax
        )
        return String(decoding: bytes, as: UTF8.self)
    }

    static func bytes(
        _ program: String,
        _ arguments: [String],
        environment: [String] = [],
        folder: String? = nil,
        user: ProgramLaunch.User? = nil,
        timeout: Duration = .seconds(10),
        outputBytesMax: Int = 8 << 20,
        stop: StopSignal = StopSignal(timeout: nil)
    ) throws(ToolError) -> [UInt8] {
        var launch = ProgramLaunch(path: program, arguments: [program] + arguments)
        launch.environment = ["PATH=/usr/bin:/bin", "LC_ALL=C"] + environment
        launch.folder = folder
        launch.user = user
        launch.timeout = timeout
        launch.outputBytesMax = outputBytesMax
        launch.limits = [.noCoreDumps]
        var run = ProgramRun(launch, stop: stop, emit: { _ in })
        let outcome = try run.run()
        switch outcome.end {
        case .exited(0): break
        case .timedOut: throw ToolError(.timedOut, "\(program) took longer than \(timeout.seconds) s.")
        case .cancelled: throw ToolError(.cancelled, "\(program) was cancelled.")
        default:
            let reason = outcome.error.text.split(separator: "\n").first.map(String.init) ?? "no message"
            throw ToolError(
                .failed,
                "\(program) ended with status \(outcome.exitStatus): \(WorkspacePath.shown(reason))."
            )
        }
        guard !outcome.output.isCut else { throw ToolError(.tooLarge, "\(program) wrote too much.") }
        return outcome.output.bytes
    }
}
