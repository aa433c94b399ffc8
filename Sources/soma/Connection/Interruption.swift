import Dispatch
import Glibc

/// Says something when the person presses Ctrl-C, and ends the command with 130.
final class Interruption: Sendable {
    /// `@unchecked Sendable`: Dispatch documents `cancel` as callable from any thread, and nothing else is called
    /// after `resume`.
    private struct Source: @unchecked Sendable {
        let source: any DispatchSourceSignal
    }

    private let source: Source

    /// From now on. `say` gives what is written to standard error.
    init(_ say: @escaping @Sendable () -> String) {
        signal(SIGINT, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
        source.setEventHandler {
            let clear = isatty(STDERR_FILENO) == 1 ? "\r\u{1B}[K" : ""
            Out.send(Array((clear + say() + "\n").utf8), to: STDERR_FILENO)
            exit(CommandFailure.Code.interrupted.rawValue)
        }
        source.resume()
        self.source = Source(source: source)
    }

    /// Ctrl-C ends the process again.
    func end() {
        source.source.cancel()
        signal(SIGINT, SIG_DFL)
    }
}
