import CLinux
import Glibc

/// One running program: starts it, reads what it writes, and ends it with all of its children when it must.
///
/// All of it happens on the calling thread, which blocks; the program dies with that thread.
struct ProgramRun {
    /// Pipes given to the program besides the standard ones.
    struct Extras {
        /// Become descriptors 3, 4, …
        var descriptors: [Int32] = []
        /// The read end of a pipe that the program reports its state on; read when it has ended.
        var status: Int32 = -1
    }

    private let launch: ProgramLaunch
    private let stop: StopSignal
    private let emit: (ToolOutput) -> Void
    private var outcome: ProgramOutcome
    private var emitted = 0

    init(_ launch: ProgramLaunch, stop: StopSignal, emit: @escaping (ToolOutput) -> Void) {
        self.launch = launch
        self.stop = stop
        self.emit = emit
        let kept = KeptOutput(bytesMax: launch.outputBytesMax)
        outcome = ProgramOutcome(end: .exited(0), merged: kept, output: kept, error: kept)
    }

    /// Runs the program to its end.
    ///
    /// - Throws: `ToolError` where it can't be started.
    mutating func run(_ extras: Extras = Extras()) throws(ToolError) -> ProgramOutcome {
        var output = try Pipe()
        var error = try Pipe()
        let nothing = soma_openat(AT_FDCWD, "/dev/null", O_RDONLY, 0)
        guard nothing >= 0 else { throw ToolError(.failed, "Could not open /dev/null.") }
        let input = Descriptor(adopting: nothing)
        let started = ContinuousClock.now
        let process = try start(input.raw, output.writeEnd, error.writeEnd, extras)
        output.closeWriteEnd()
        error.closeWriteEnd()
        watch(process, output, error, extras, deadline: launch.timeout.map { started.advanced(by: $0) })
        return outcome
    }

    private func start(
        _ input: Int32,
        _ output: Int32,
        _ error: Int32,
        _ extras: Extras
    ) throws(ToolError) -> pid_t {
        let arguments = CStrings(launch.arguments)
        let environment = CStrings(launch.environment)
        var limits = launch.limits.map { soma_limit(resource: $0.resource, value: $0.value) }
        var pid: pid_t = 0
        var step: Int32 = 0
        let code = launch.path.withCString { path in
            limits.withUnsafeMutableBufferPointer { limits in
                extras.descriptors.withUnsafeBufferPointer { descriptors in
                    withOptionalCString(launch.folder) { folder in
                        var request = soma_launch()
                        request.path = path
                        request.argv = UnsafePointer(arguments.pointer)
                        request.envp = UnsafePointer(environment.pointer)
                        request.directory = folder
                        request.standard = (input, output, error)
                        request.extra = descriptors.baseAddress
                        request.extra_count = Int32(descriptors.count)
                        request.limits = UnsafePointer(limits.baseAddress)
                        request.limit_count = Int32(limits.count)
                        request.drops_user = launch.user == nil ? 0 : 1
                        request.uid = launch.user?.uid ?? 0
                        request.gid = launch.user?.gid ?? 0
                        return soma_launch(&request, &pid, &step)
                    }
                }
            }
        }
        guard code == 0 else { throw Self.error(code, step: step, path: launch.path) }
        return pid
    }

    private static func error(_ code: Int32, step: Int32, path: String) -> ToolError {
        let what =
            switch UInt32(step) {
            case SOMA_LAUNCH_USER.rawValue: "the unprivileged user could not be taken on"
            case SOMA_LAUNCH_LIMITS.rawValue: "the limits could not be set"
            case SOMA_LAUNCH_DIRECTORY.rawValue: "its folder could not be entered"
            case SOMA_LAUNCH_EXEC.rawValue: "it could not be run"
            default: "no process could be made"
            }
        return ToolError(.failed, "Could not start \(path): \(what) (\(systemMessage(code))).")
    }

    private mutating func watch(
        _ process: pid_t,
        _ output: borrowing Pipe,
        _ error: borrowing Pipe,
        _ extras: Extras,
        deadline: ContinuousClock.Instant?
    ) {
        let handle = soma_process_descriptor(process)
        defer { if handle >= 0 { close(handle) } }
        var killing: (since: ContinuousClock.Instant, end: ProgramOutcome.End)?
        var outputIsOpen = true
        var errorIsOpen = true
        var watch = ProgramWatch(
            process,
            memoryBytesMax: launch.memoryBytesMax,
            disk: launch.diskWatch
        )
        while true {
            var polled = [
                pollfd(fd: outputIsOpen ? output.readEnd : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: errorIsOpen ? error.readEnd : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: killing == nil ? stop.descriptor : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: handle, events: Int16(POLLIN), revents: 0),
            ]
            poll(
                &polled,
                nfds_t(polled.count),
                Self.wait(killing == nil ? deadline : nil, hasHandle: handle >= 0)
            )
            if polled[0].revents != 0 { outputIsOpen = take(output.readEnd, .output) }
            if polled[1].revents != 0 { errorIsOpen = take(error.readEnd, .error) }
            if hasEnded(process) {
                // Without a namespace of its own a program may leave children behind that hold the pipes.
                kill(-process, SIGKILL)
                drain(outputIsOpen ? output.readEnd : -1, errorIsOpen ? error.readEnd : -1)
                if let killing { outcome.end = killing.end }
                if extras.status >= 0 { outcome.status = Self.readAll(extras.status) }
                return
            }
            if let killing {
                if killing.since.duration(to: .now) > .seconds(1) { kill(process, SIGKILL) }
                continue
            }
            if let reason = reasonToEnd(deadline, &watch) {
                killing = (.now, reason)
                killTree(process)
            }
        }
    }

    private func reasonToEnd(
        _ deadline: ContinuousClock.Instant?,
        _ watch: inout ProgramWatch
    ) -> ProgramOutcome.End? {
        if stop.isCancelled { return .cancelled }
        if let deadline, ContinuousClock.now >= deadline { return .timedOut }
        if outcome.merged.bytesTotal > launch.outputBytesEnd { return .wroteTooMuch }
        return watch.excess()
    }

    /// Milliseconds until something may be due.
    private static func wait(_ deadline: ContinuousClock.Instant?, hasHandle: Bool) -> Int32 {
        var wait: Int64 = hasHandle ? ProgramWatch.interval.milliseconds : 20
        if let deadline {
            wait = min(wait, max(0, ContinuousClock.now.duration(to: deadline).milliseconds + 1))
        }
        return Int32(wait)
    }

    /// Reads what is there. Returns whether more may come.
    private mutating func take(_ descriptor: Int32, _ stream: ToolOutput.Stream) -> Bool {
        var failed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: 64 << 10) { buffer, count in
            let got = read(descriptor, buffer.baseAddress, buffer.count)
            failed = got < 0 && errno != EAGAIN && errno != EINTR
            count = max(0, got)
            if got == 0 { failed = true }
        }
        guard !bytes.isEmpty else { return !failed }
        outcome.merged.add(bytes)
        if stream == .output { outcome.output.add(bytes) } else { outcome.error.add(bytes) }
        if emitted < launch.outputBytesMax {
            let part = Array(bytes.prefix(launch.outputBytesMax - emitted))
            emitted += part.count
            emit(ToolOutput(stream: stream, bytes: part))
        }
        return true
    }

    private mutating func hasEnded(_ process: pid_t) -> Bool {
        var status: Int32 = 0
        var signal: Int32 = 0
        let found = soma_wait(process, 0, &status, &signal)
        guard found != 0 else { return false }
        outcome.end = signal != 0 ? .signalled(Int(signal)) : .exited(Int(status))
        return true
    }

    /// Takes what is left in the pipes; whoever still holds one gets a second.
    private mutating func drain(_ output: Int32, _ error: Int32) {
        let until = ContinuousClock.now.advanced(by: .seconds(1))
        var open = [(output, ToolOutput.Stream.output), (error, .error)].filter { $0.0 >= 0 }
        while !open.isEmpty, outcome.merged.bytesTotal <= launch.outputBytesEnd {
            let left = ContinuousClock.now.duration(to: until).milliseconds
            guard left > 0 else { return }
            var polled = open.map { pollfd(fd: $0.0, events: Int16(POLLIN), revents: 0) }
            guard poll(&polled, nfds_t(polled.count), Int32(left)) > 0 else { continue }
            var still: [(Int32, ToolOutput.Stream)] = []
            for (index, pipe) in open.enumerated() where polled[index].revents == 0 || take(pipe.0, pipe.1) {
                still.append(pipe)
            }
            open = still
        }
    }

    /// Kills the first process of the sandbox, with which the kernel ends all others before anybody is told.
    private func killTree(_ process: pid_t) {
        let children = ProcessTree.children(of: process)
        for child in children { _ = soma_kill_child_of(child, process) }
        kill(-process, children.isEmpty ? SIGKILL : SIGTERM)
    }

    private static func readAll(_ descriptor: Int32) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 16 << 10) { buffer, count in
            count = max(0, read(descriptor, buffer.baseAddress, buffer.count))
        }
    }
}
