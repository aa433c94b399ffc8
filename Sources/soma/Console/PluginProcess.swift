import Dispatch
import Glibc
import SomaConsole
import SomaTerminal
import Synchronization

/// Runs plugins as processes: `sh -c COMMAND`, with what they are told in their environment.
final class PluginProcess: PluginRunner {
    /// Most that run in the background at a time.
    static let backgroundMax = 16

    private let running = Atomic(0)
    private let terminal: Int32
    private let variables: [String: String]

    /// - Parameters:
    ///   - terminal: Where keys come from and the screen goes to.
    ///   - environment: The console's own.
    init(terminal: Int32, environment: [String: String]) {
        self.terminal = terminal
        variables = environment
    }

    func run(
        _ call: PluginCall,
        on screen: any TerminalScreen,
        ended: @escaping @Sendable (PluginOutcome) -> Void
    ) {
        guard call.plugin.isBackground else {
            screen.lend { [self] in ended(foreground(call)) }
            return
        }
        guard running.add(1, ordering: .relaxed).oldValue < Self.backgroundMax else {
            running.subtract(1, ordering: .relaxed)
            return ended(.init(.notStarted("\(Self.backgroundMax) are running already")))
        }
        DispatchQueue.global().async { [self] in
            let outcome = background(call)
            running.subtract(1, ordering: .relaxed)
            ended(outcome)
        }
    }

    /// The environment of a plugin: the console's, without what belongs to another run, and with what it is told.
    func environment(of call: PluginCall) -> [String] {
        var all = variables
        for name in PluginCall.names { all[name] = nil }
        all.merge(call.environment) { _, told in told }
        return all.map { "\($0)=\($1)" }.sorted()
    }

    // MARK: In the foreground

    /// Runs it as a shell runs a job: with the terminal to itself, so that its Ctrl-C is not ours.
    private func foreground(_ call: PluginCall) -> PluginOutcome {
        var modes = termios()
        let hasModes = tcgetattr(terminal, &modes) == 0
        let spawned = ChildProcess.start(
            call.plugin.command,
            environment: environment(of: call),
            standard: [terminal, terminal, terminal]
        )
        guard case .success(let child) = spawned else { return Self.outcome(of: spawned) }
        child.takeForeground(of: terminal)
        let end = child.wait { child.takeForeground(of: terminal) }
        ChildProcess.takeForeground(group: getpgrp(), of: terminal)
        if hasModes { tcsetattr(terminal, TCSADRAIN, &modes) }
        let outcome = PluginOutcome(end)
        if call.plugin.waits {
            write("\r\n[\(SafeText.line(outcome.notice(of: call.plugin).text)); enter goes back]")
            waitForEnter()
        }
        return outcome
    }

    private func write(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.write(terminal, bytes, bytes.count)
    }

    private func waitForEnter() {
        var byte: UInt8 = 0
        while true {
            let count = read(terminal, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1, byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "\r") else { return }
        }
    }

    // MARK: In the background

    private func background(_ call: PluginCall) -> PluginOutcome {
        var output: [Int32] = [-1, -1]
        var done: [Int32] = [-1, -1]
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        guard null >= 0, pipe(&output) == 0, pipe(&done) == 0 else {
            let reason = String(cString: strerror(errno))
            for descriptor in output + [null] where descriptor >= 0 { close(descriptor) }
            return .init(.notStarted(reason.lowercased()))
        }
        // Only the end that is read here: a program that writes much must not be told to try again.
        _ = fcntl(output[0], F_SETFL, O_NONBLOCK)
        let spawned = ChildProcess.start(
            call.plugin.command,
            environment: environment(of: call),
            standard: [null, output[1], output[1]]
        )
        close(output[1])
        close(null)
        defer { close(output[0]) }
        guard case .success(let child) = spawned else {
            for descriptor in done { close(descriptor) }
            return Self.outcome(of: spawned)
        }
        // What it leaves behind may keep its output open for ever; its own end is what counts.
        let end = Mutex(PluginOutcome.End.exited(0))
        let (readEnd, writeEnd) = (done[0], done[1])
        DispatchQueue.global().async {
            let result = child.wait {}
            end.withLock { $0 = result }
            close(writeEnd)
        }
        let tail = Self.tail(of: output[0], until: readEnd)
        // Waits for the end where the output ended first.
        var byte: UInt8 = 0
        while read(readEnd, &byte, 1) < 0, errno == EINTR {}
        close(readEnd)
        return .init(end.withLock { $0 }, lastLine: Self.lastLine(tail))
    }

    /// Most of a plugin's output that is kept, in bytes.
    private static let tailBytesMax = 4096

    /// Reads until the output ends, or until the process has and what it wrote is read.
    private static func tail(of output: Int32, until done: Int32) -> [UInt8] {
        var tail: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        // What it left behind may go on writing: more than a pipe holds isn't its own.
        var left = 1 << 20
        while left > 0 {
            var waits = [
                pollfd(fd: output, events: Int16(POLLIN), revents: 0),
                pollfd(fd: done, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&waits, 2, -1) >= 0 || errno == EINTR else { return tail }
            let hasEnded = waits[1].revents != 0
            let count = read(output, &buffer, buffer.count)
            if count == 0 || (count < 0 && hasEnded) { return tail }
            guard count > 0 else { continue }
            tail += buffer[..<count]
            if tail.count > tailBytesMax { tail.removeFirst(tail.count - tailBytesMax) }
            if hasEnded { left -= count }
        }
        return tail
    }

    private static func lastLine(_ bytes: [UInt8]) -> String {
        let lines = bytes.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
        let last = lines.last { line in line.contains { $0 > 0x20 } } ?? []
        return SafeText.decode(last.prefix(400))
    }

    private static func outcome(of spawned: Result<ChildProcess, ChildProcess.Failure>) -> PluginOutcome {
        switch spawned {
        case .success: .init(.exited(0))
        case .failure(let failure): .init(.notStarted(failure.reason))
        }
    }
}
