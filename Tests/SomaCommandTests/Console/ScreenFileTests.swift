import Glibc
import Testing

@testable import soma

@Suite("The screen as a file")
struct ScreenFileTests {
    private func write(_ text: String, _ path: String, replaces: Bool = false, home: String? = "/nowhere")
        -> String?
    {
        ScreenFile.write(text, to: path, replaces: replaces, home: home)
    }

    @Test("is written whole with a line break, and only where there is none unless it is to be replaced")
    func replaces() async throws {
        try await TestFolder.with { folder in
            let path = folder["screen.txt"]
            let long = String(repeating: "◆ needs you\n", count: 100_000)
            #expect(write(long, path) == nil)
            #expect(folder.text("screen.txt") == long + "\n")
            #expect(write("b", path) == "\(path) exists; write! replaces it.")
            #expect(folder.text("screen.txt") == long + "\n")
            #expect(write("b", path, replaces: true) == nil)
            #expect(folder.text("screen.txt") == "b\n")
            #expect(write("c", folder["new.txt"], replaces: true) == nil)
            #expect(folder.text("new.txt") == "c\n")
        }
    }

    @Test("goes home with a tilde, and nowhere else")
    func home() async throws {
        try await TestFolder.with { folder in
            #expect(write("a", "~/a.txt", home: folder.path) == nil)
            #expect(folder.text("a.txt") == "a\n")
            #expect(write("a", "~", home: folder.path) == "~ exists; write! replaces it.")
            #expect(write("a", "~", replaces: true, home: folder.path) == "~ not written: is a directory.")
            #expect(write("a", "~/a.txt", home: nil) == "~/a.txt not written: no such file or directory.")
        }
    }

    @Test("that can't be written is told with the reason, and nothing is left of it")
    func refused() async throws {
        try await TestFolder.with { folder in
            try folder.write("file", "")
            #expect(
                write("a", folder["no/a.txt"])
                    == "\(folder["no/a.txt"]) not written: no such file or directory."
            )
            #expect(write("a", folder["file/a"]) == "\(folder["file/a"]) not written: not a directory.")
            #expect(
                write("a", "/dev/full", replaces: true) == "/dev/full not written: no space left on device."
            )
            #expect(mkfifo(folder["pipe"], 0o600) == 0)
            let pipe = write("a", folder["pipe"], replaces: true)
            #expect(pipe == "\(folder["pipe"]) not written: no such device or address.")
            #expect(write("a", folder["x\u{1B}[2J/a"])?.contains("\u{1B}") == false)
            #expect(write("a", "") == " not written: no such file or directory.")
            #expect(folder.names == ["file", "pipe"])
        }
    }
}
