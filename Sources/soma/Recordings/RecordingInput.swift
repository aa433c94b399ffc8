import Glibc
import SomaConsole
import SomaCore
import SomaTerminal

/// Opens recordings that a person names.
enum RecordingInput {
    /// The recording of a real run that comes with the product.
    static let demoName = "demo.soma.ndjson"

    /// Opens a file, standard input for `-`, or the demonstration for `demo`.
    static func open(_ name: String) throws -> RecordingReader {
        do {
            let reader =
                switch name {
                case "-": try RecordingReader(descriptor: STDIN_FILENO)
                case "demo": try RecordingReader(path: try demoPath())
                default: try RecordingReader(path: name)
                }
            for problem in reader.problems { Out.note("soma: \(SafeText.line("\(problem)"))") }
            return reader
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure(.usage, SafeText.line("\(error)"))
        }
    }

    /// Beside the roles: in a checkout `agents/`, installed `share/soma/agents/`.
    private static func demoPath() throws -> String {
        let program = WorkingFolder.executable.split(separator: "/").dropLast()
        var folders = [WorkingFolder.path + "/docs/recordings"]
        folders.append("/" + (program.dropLast() + ["share", "soma", "recordings"]).joined(separator: "/"))
        // .build/x86_64-unknown-linux-gnu/release/soma, or .build/release/soma
        for depth in [2, 3] where program.count > depth {
            folders.append("/" + (program.dropLast(depth) + ["docs", "recordings"]).joined(separator: "/"))
        }
        for folder in folders where access("\(folder)/\(demoName)", R_OK) == 0 {
            return "\(folder)/\(demoName)"
        }
        throw CommandFailure(
            .failed,
            "The demonstration is not where it should be: \(folders.joined(separator: ", "))."
        )
    }
}
