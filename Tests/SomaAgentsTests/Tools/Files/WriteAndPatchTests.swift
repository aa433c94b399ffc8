import Glibc
import SomaCore
import Testing

@testable import SomaAgents

@Suite("Writing and patching files")
struct WriteAndPatchTests {
    @Test("a write creates, replaces, and does nothing the second time")
    func write() async throws {
        let scratch = try ScratchWorkspace()
        var outcomes: [JSON?] = []
        for content in ["one", "two", "two"] {
            let result = try await scratch.call(
                WriteFileTool(),
                ["path": "a/b/c.txt", "content": .string(content)]
            )
            outcomes.append(result.output["outcome"])
        }
        #expect(outcomes == ["created", "replaced", "unchanged"])
        #expect(scratch.read("a/b/c.txt") == "two")
        let listing = try await scratch.call(ListFilesTool(), [:])
        #expect(listing.text == "a/b/c.txt\n")
    }

    @Test("the mode of a file is kept, and the executable bit is what was asked for")
    func mode() async throws {
        let scratch = try ScratchWorkspace(["s.sh": "a"])
        chmod("\(scratch.path)/s.sh", 0o640)
        func mode() -> mode_t {
            var status = stat()
            stat("\(scratch.path)/s.sh", &status)
            return status.st_mode & 0o777
        }
        _ = try await scratch.call(WriteFileTool(), ["path": "s.sh", "content": "b"])
        #expect(mode() == 0o640)
        _ = try await scratch.call(WriteFileTool(), ["path": "s.sh", "content": "b", "executable": true])
        #expect(mode() == 0o751)
        _ = try await scratch.call(WriteFileTool(), ["path": "s.sh", "content": "b", "executable": false])
        #expect(mode() == 0o640)
    }

    @Test(
        "links, folders and names with control characters are refused",
        arguments: ["link", "folder", "a\nb", "."]
    )
    func refusals(_ name: String) async throws {
        let scratch = try ScratchWorkspace(["folder/x": "1", "real": "1"])
        scratch.link("link", to: "real")
        let result = try await scratch.call(WriteFileTool(), ["path": .string(name), "content": "x"])
        #expect(result.failure == .refused)
        #expect(scratch.read("real") == "1")
    }

    @Test("appending adds one line a call")
    func append() async throws {
        let scratch = try ScratchWorkspace()
        for line in ["a", "b"] {
            _ = try await scratch.call(AppendLineTool(), ["path": "n/f", "line": .string(line)])
        }
        #expect(scratch.read("n/f") == "a\nb\n")
        #expect(
            try await scratch.call(AppendLineTool(), ["path": "f", "line": "a\nb"]).failure
                == .invalidArguments
        )
        scratch.link("out", to: "../secret")
        #expect(try await scratch.call(AppendLineTool(), ["path": "out", "line": "x"]).failure == .refused)
    }

    @Test("a last line without an end gets one before a line is appended")
    func appendAfterOpenLine() async throws {
        let scratch = try ScratchWorkspace(["f": "open"])
        for line in ["a", "b"] {
            _ = try await scratch.call(AppendLineTool(), ["path": "f", "line": .string(line)])
        }
        #expect(scratch.read("f") == "open\na\nb\n")
    }

    @Test("lines that are appended at the same time are all there, whole")
    func appendTogether() async throws {
        let scratch = try ScratchWorkspace()
        let lines = (0..<100).map { "line \($0)" }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for line in lines {
                group.addTask {
                    _ = try await scratch.call(AppendLineTool(), ["path": "f", "line": .string(line)])
                }
            }
            try await group.waitForAll()
        }
        let found = scratch.read("f")?.split(separator: "\n").map(String.init)
        #expect(found?.sorted() == lines.sorted())
    }

    @Test("a call that nobody waits for any more when its turn comes doesn't happen")
    func late() async throws {
        let scratch = try ScratchWorkspace()
        var policy = ToolPolicy()
        policy.timeout = .zero
        let append = try await scratch.call(AppendLineTool(), ["path": "f", "line": "a"], policy)
        #expect(append.failure == .timedOut)
        let write = try await scratch.call(WriteFileTool(), ["path": "g", "content": "a"], policy)
        #expect(write.failure == .timedOut)
        #expect(!scratch.exists("f") && !scratch.exists("g"))
    }

    struct PatchCase: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let before: String?
        let hunks: String
        /// The content, or `nil` for a refusal; then `message` is part of the text.
        let after: String?
        var message = ""
        var path = "f"
    }

    static let patches: [PatchCase] = [
        PatchCase(
            testDescription: "change",
            before: "a\nb\nc\n",
            hunks: "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n",
            after: "a\nB\nc\n"
        ),
        PatchCase(
            testDescription: "shifted",
            before: "x\ny\na\nb\nc\n",
            hunks: "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n",
            after: "x\ny\na\nB\nc\n"
        ),
        PatchCase(
            testDescription: "two hunks",
            before: "1\n2\n3\n4\n5\n6\n7\n8\n",
            hunks: "@@ -1,2 +1,3 @@\n 1\n+1.5\n 2\n@@ -7,2 +8,1 @@\n 7\n-8\n",
            after: "1\n1.5\n2\n3\n4\n5\n6\n7\n"
        ),
        PatchCase(
            testDescription: "no context",
            before: "a\nb\n",
            hunks: "@@ -1,0 +2 @@\n+x\n",
            after: "a\nx\nb\n"
        ),
        PatchCase(
            testDescription: "append",
            before: "a\n",
            hunks: "@@ -1 +1,2 @@\n a\n+b\n",
            after: "a\nb\n"
        ),
        PatchCase(
            testDescription: "line feed at the end removed",
            before: "a\nb\n",
            hunks: "@@ -1,2 +1,2 @@\n a\n-b\n+b\n\\ No newline at end of file\n",
            after: "a\nb"
        ),
        PatchCase(
            testDescription: "line feed at the end added",
            before: "a\nb",
            hunks: "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n",
            after: "a\nb\n"
        ),
        PatchCase(
            testDescription: "carriage returns",
            before: "a\r\nb\r\n",
            hunks: "@@ -1,2 +1,2 @@\n a\r\n-b\r\n+c\r\n",
            after: "a\r\nc\r\n"
        ),
        PatchCase(
            testDescription: "empty context without its space",
            before: "a\n\nb\n",
            hunks: "@@ -1,3 +1,3 @@\n a\n\n-b\n+c\n",
            after: "a\n\nc\n"
        ),
        PatchCase(
            testDescription: "context differs",
            before: "a\nX\nc\n",
            hunks: "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n",
            after: nil,
            message: "f: hunk at line 3 of the patch: line 2 should be \"b\\n\", but is \"X\\n\""
        ),
        PatchCase(
            testDescription: "file too short",
            before: "a\n",
            hunks: "@@ -5,2 +5,2 @@\n b\n-c\n+d\n",
            after: nil,
            message: "line 5 should be \"b\\n\", but the file has 1 lines"
        ),
        PatchCase(
            testDescription: "no file",
            before: nil,
            hunks: "@@ -1 +1 @@\n-a\n+b\n",
            after: nil,
            message: "the file is not there"
        ),
        PatchCase(
            testDescription: "wrong counts",
            before: "a\n",
            hunks: "@@ -1,3 +1,3 @@\n a\n",
            after: nil,
            message: "fewer lines than its header says"
        ),
        PatchCase(
            testDescription: "wrong header",
            before: "a\n",
            hunks: "@@ first @@\n a\n",
            after: nil,
            message: "expected '@@ -START"
        ),
        PatchCase(
            testDescription: "wrong mark",
            before: "a\n",
            hunks: "@@ -1 +1 @@\n*a\n",
            after: nil,
            message: "begins with ' ', '+' or '-'"
        ),
        PatchCase(
            testDescription: "no hunk",
            before: "a\n",
            hunks: "",
            after: nil,
            message: "expected a hunk"
        ),
    ]

    @Test(
        "a patch applies where it fits, and nowhere else; the second time it changes nothing",
        arguments: patches
    )
    func patch(_ one: PatchCase) async throws {
        let scratch = try ScratchWorkspace()
        if let before = one.before { try scratch.write("f", before) }
        let arguments: JSON = ["patch": .string("--- a/f\n+++ b/f\n" + one.hunks)]
        let result = try await scratch.call(ApplyPatchTool(), arguments)
        #expect(scratch.read("f") == one.after ?? one.before)
        guard one.after != nil else {
            #expect(result.isError && result.text.contains(one.message), "\(result.text)")
            return
        }
        #expect(result.failure == nil && result.output["changed"] == true, "\(result.text)")
        guard one.testDescription != "shifted" else { return }
        let again = try await scratch.call(ApplyPatchTool(), arguments)
        #expect(again.output["changed"] == false && scratch.read("f") == one.after, "\(again.text)")
    }

    private static let many = """
        Some words before.
        diff --git a/new.txt b/new.txt
        new file mode 100755
        --- /dev/null
        +++ b/new.txt
        @@ -0,0 +1,2 @@
        +one
        +two
        diff --git a/gone b/gone
        deleted file mode 100644
        --- a/gone
        +++ /dev/null
        @@ -1 +0,0 @@
        -bye
        diff --git a/empty b/empty
        new file mode 100644
        index 0000000..e69de29
        diff --git a/run.sh b/run.sh
        old mode 100644
        new mode 100755

        """

    @Test("files are made, removed and given their mode; again changes nothing")
    func manyFiles() async throws {
        let scratch = try ScratchWorkspace(["gone": "bye\n", "run.sh": "x"])
        let check = try await scratch.call(
            ApplyPatchTool(),
            ["patch": .string(Self.many), "check_only": true]
        )
        #expect(check.output["applied"] == false && scratch.read("gone") == "bye\n")
        let result = try await scratch.call(ApplyPatchTool(), ["patch": .string(Self.many)])
        #expect(result.text == "new.txt: created\ngone: deleted\nempty: created\nrun.sh: replaced")
        #expect(
            scratch.read("new.txt") == "one\ntwo\n" && !scratch.exists("gone") && scratch.read("empty") == ""
        )
        #expect(access("\(scratch.path)/new.txt", X_OK) == 0 && access("\(scratch.path)/run.sh", X_OK) == 0)
        let again = try await scratch.call(ApplyPatchTool(), ["patch": .string(Self.many)])
        #expect(again.failure == nil, "\(again.text)")
    }

    @Test("when one file does not fit, no file is changed")
    func allOrNothing() async throws {
        let scratch = try ScratchWorkspace(["a": "1\n", "b": "2\n"])
        let patch = "--- a/a\n+++ b/a\n@@ -1 +1 @@\n-1\n+x\n--- a/b\n+++ b/b\n@@ -1 +1 @@\n-9\n+y\n"
        let result = try await scratch.call(ApplyPatchTool(), ["patch": .string(patch)])
        #expect(result.failure == .failed)
        #expect(result.output["failures"]?[0]?["path"] == "b")
        #expect(scratch.read("a") == "1\n" && scratch.read("b") == "2\n")
    }

    static let refusedPatches: [(String, String)] = [
        ("nothing", "holds no change"), ("@@ -1 +1 @@\n-a\n+b\n", "a hunk without a file header"),
        ("--- a/a\n+++ b/z\n@@ -1 +1 @@\n-1\n+x\n", "renames"),
        ("diff --git a/a b/z\nrename from a\nrename to z\n", "renames and copies"),
        ("diff --git a/a b/a\nGIT binary patch\n", "binary"),
        ("--- /dev/null\n+++ /dev/null\n@@ -1 +1 @@\n", "both sides"),
        ("--- /dev/null\n+++ b/a\n@@ -0,0 +1 @@\n+x\n", "there already"),
        ("--- a/a\n+++ /dev/null\n@@ -1 +0,0 @@\n-1\n", "leaves"),
        ("--- a/a\n+++ b/a\n@@ -1 +1 @@\n-1\n+x\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n-1\n+x\n", "twice"),
        ("--- a/../x\n+++ b/../x\n@@ -1 +1 @@\n-1\n+x\n", "'..'"),
    ]

    @Test("what is no usable patch is refused with its reason", arguments: refusedPatches)
    func refused(_ patch: String, _ message: String) async throws {
        let scratch = try ScratchWorkspace(["a": "1\n2\n"])
        let result = try await scratch.call(ApplyPatchTool(), ["patch": .string(patch)])
        #expect(result.isError && result.text.contains(message), "\(result.text)")
        #expect(scratch.read("a") == "1\n2\n")
    }
}
