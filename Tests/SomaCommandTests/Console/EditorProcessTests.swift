import Glibc
import SomaCore
import SomaTerminal
import Testing

@testable import SomaConsole
@testable import soma

@Suite("The person's editor")
struct EditorProcessTests {
    /// A terminal, and an editor that is a script.
    private struct Desk {
        let folder: TestFolder
        let far: Int32
        let near: Int32

        static func with(_ body: (Desk) async throws -> Void) async throws {
            try await TestFolder.with { folder in
                let far = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
                var (locked, number): (Int32, UInt32) = (0, 0)
                try #require(
                    far >= 0 && ioctl(far, 0x4004_5431, &locked) == 0 && ioctl(far, 0x8004_5430, &number) == 0
                )
                let near = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
                defer {
                    close(near)
                    close(far)
                }
                try #require(near >= 0)
                try await body(Desk(folder: folder, far: far, near: near))
            }
        }

        /// Edits a text with a script that gets its arguments and the file's name.
        func edit(
            _ text: String,
            _ script: String,
            arguments: String = "",
            with extra: [String: String] = [:]
        ) -> EditOutcome {
            var environment = [
                "PATH": "/usr/bin:/bin", "TMPDIR": folder.path, "HOME": folder.path,
                "VISUAL": "sh \"$HOME/edit it\" \(arguments)",
            ]
            environment.merge(extra) { $1 }
            guard (try? folder.write("edit it", script)) != nil,
                let editor = EditorProcess(environment: environment, terminal: near)
            else { return .failed("the test could not begin") }
            let before = modes
            let outcome = editor.work(text)
            #expect(modes == before, "\(script)")
            // Nothing of the text stays on the disk.
            #expect(folder.names.filter { $0.hasPrefix("soma-edit") } == [], "\(script)")
            return outcome
        }

        private var modes: [UInt32] {
            var modes = termios()
            tcgetattr(near, &modes)
            return [modes.c_iflag, modes.c_oflag, modes.c_cflag, modes.c_lflag]
        }
    }

    @Test("is VISUAL, else EDITOR, and none where both are empty")
    func named() {
        func editor(_ environment: [String: String]) -> Bool {
            EditorProcess(environment: environment, terminal: 0) != nil
        }
        #expect(!editor([:]) && !editor(["VISUAL": "", "EDITOR": " \t"]))
        #expect(editor(["EDITOR": "vi"]) && editor(["VISUAL": " ", "EDITOR": "vi -n"]))
    }

    @Test("gets its own arguments and a private file, and what it leaves there comes back")
    func edits() async throws {
        try await Desk.with { desk in
            let look = """
                test "$1 $2" = "-n two words" || exit 9
                test "$(stat -c %a "$3") $(stat -c %a "$(dirname "$3")")" = "600 700" || exit 8
                case "$3" in *.json) ;; *) exit 7 ;; esac
                test -t 0 && test -t 1 && test -t 2 || exit 6
                printf '%s!' "$(cat "$3")" >"$3"
                """
            #expect(
                desk.edit("{\"a\": 1}\n", look, arguments: "-n 'two words'") == .written("{\"a\": 1}!")
            )
            #expect(desk.edit("same\n", "true") == .written("same\n"))
            #expect(desk.edit("x", "mv \"$1\" \"$1~\"; echo new >\"$1\"") == .written("new\n"))
            #expect(desk.edit("x", ": >\"$1\"") == .written(""))
            #expect(desk.edit("x", "printf '\\377{' >\"$1\"") == .written("<0xFF>{"))
            let long = String(repeating: "東京", count: 400_000)
            #expect(desk.edit(long, "true") == .written(long))
            #expect(
                desk.edit("x", "echo b >\"$1\"", with: ["VISUAL": "", "EDITOR": "sh \"$HOME/edit it\""])
                    == .written("b\n")
            )
        }
    }

    @Test("that fails, is killed or isn't there is told, and the terminal's modes are as they were")
    func fails() async throws {
        try await Desk.with { desk in
            let spoil = "stty raw -echo -isig <&0; "
            #expect(desk.edit("x", spoil + "true") == .written("x"))
            #expect(desk.edit("x", spoil + "exit 3") == .failed("the editor ended with 3"))
            #expect(desk.edit("x", spoil + "kill -9 $$") == .failed("the editor was ended by signal 9"))
            #expect(desk.edit("x", spoil + "kill -STOP $$; echo on >\"$1\"") == .written("on\n"))
            #expect(
                desk.edit("x", "", with: ["VISUAL": "no-such-editor"])
                    == .failed("the editor was not found; VISUAL or EDITOR names it")
            )
            #expect(desk.edit("x", "rm \"$1\"") == .failed("the editor left no file"))
            for other in ["mkfifo \"$1\"", "mkdir \"$1\"", "head -c 20000000 /dev/zero >\"$1\""] {
                guard case .failed = desk.edit("x", "rm \"$1\"; " + other) else {
                    Issue.record("\(other) was read.")
                    continue
                }
            }
            #expect(
                desk.edit("x", "true", with: ["TMPDIR": "/no", "XDG_RUNTIME_DIR": "relative"])
                    == .written("x")
            )
        }
    }

    @Test("may leave more than one file beside its own, and a folder")
    func leaves() async throws {
        try await Desk.with { desk in
            let litter = "touch \"$1~\" \"$(dirname \"$1\")/.swp\"; mkdir -p \"$(dirname \"$1\")/undo/x\""
            #expect(desk.edit("x", litter) == .written("x"))
        }
    }

    @Test("has the screen's terminal while it works")
    func lent() async throws {
        try await Desk.with { desk in
            let screen = RecordingScreen()
            let editor = try #require(EditorProcess(environment: ["EDITOR": "true"], terminal: desk.near))
            let edit = ArgumentEdit(run: RunID("a"), question: 1, name: "x", original: "y", text: "y")
            let outcome = await withCheckedContinuation { continuation in
                editor.edit(edit, on: screen) { continuation.resume(returning: $0) }
            }
            #expect(outcome == .written("y") && screen.loans == 1)
        }
    }
}
