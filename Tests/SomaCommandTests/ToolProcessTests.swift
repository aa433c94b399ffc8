import FoundationEssentials
import Glibc
import SomaCore
import Testing

/// Tools in a process of their own, which can have what a test's process can't: a file system that is full.
@Suite("Tools in a process of their own", .timeLimit(.minutes(1)))
struct ToolProcessTests {
    /// The folder of the programs that were built with these tests.
    private static func programs() throws -> String {
        let maps = try String(contentsOf: URL(filePath: "/proc/self/maps"), encoding: .utf8)
        let line = try #require(maps.split(separator: "\n").first { $0.hasSuffix(".xctest") })
        let place = try #require(line.firstIndex(of: "/"))
        return URL(filePath: String(line[place...])).deletingLastPathComponent().path
    }

    /// Runs a script of a shell off the cooperative threads. Gives its exit status and what it wrote.
    private func run(_ script: String, _ arguments: [String]) async -> (Int32, String) {
        await withCheckedContinuation { continuation in
            let thread = ScriptThread(script, arguments) { continuation.resume(returning: $0) }
            thread.start()
        }
    }

    @Test(
        "a full disk is said and leaves the old file, and a read-only one too",
        arguments: [
            ("mount -t tmpfs -o size=64k tmpfs $1 && printf old > $1/f", 1, "the disk is full"),
            (
                "mount -t tmpfs -o size=64k tmpfs $1 && printf old > $1/f && mount -o remount,bind,ro $1", 5,
                "read-only"
            ),
        ]
    )
    func disk(_ mounting: String, _ code: Int, _ words: String) async throws {
        let folder = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        let content = String(repeating: "x", count: 100_000)
        let script = """
            \(mounting) || exit 99
            "$2/soma" tools run write_file --workspace $1 -- "$3"
            echo "code $?"; cat $1/f; echo; ls -A $1
            """
        let arguments = JSON.object(["path": "f", "content": .string(content)]).text()
        let (status, output) = await run(script, [folder, try Self.programs(), arguments])
        #expect(status == 0, "\(output)")
        #expect(output.contains(words) && output.hasSuffix("code \(code)\nold\nf\n"), "\(output)")
    }
}

/// A shell with a mount and a user namespace of its own, waited for on a thread.
private final class ScriptThread: Sendable {
    private let words: [String]
    private let done: @Sendable ((Int32, String)) -> Void

    init(_ script: String, _ arguments: [String], done: @escaping @Sendable ((Int32, String)) -> Void) {
        words = ["unshare", "-Urm", "sh", "-c", script, "sh"] + arguments
        self.done = done
    }

    func start() {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self).toOpaque()
        let code = pthread_create(
            &thread,
            nil,
            { context in
                if let context { Unmanaged<ScriptThread>.fromOpaque(context).takeRetainedValue().work() }
                return nil
            },
            context
        )
        if code == 0 {
            pthread_detach(thread)
        } else {
            Unmanaged<ScriptThread>.fromOpaque(context).release()
            done((code, "no thread"))
        }
    }

    private func work() {
        var ends: [Int32] = [-1, -1]
        pipe(&ends)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO)
        posix_spawn_file_actions_addclose(&actions, ends[0])
        var pid: pid_t = 0
        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        let code = posix_spawnp(&pid, "unshare", &actions, nil, &arguments, environ)
        close(ends[1])
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while case let count = read(ends[0], &buffer, buffer.count), count > 0 { output += buffer[..<count] }
        close(ends[0])
        var status: Int32 = code == 0 ? 0 : code << 8
        if code == 0 { waitpid(pid, &status, 0) }
        done((status >> 8, String(decoding: output, as: UTF8.self)))
    }
}
