import FoundationEssentials
import Glibc
import Testing

/// Waits until something holds that happens beside the test.
func eventually(
    _ what: String,
    within limit: Duration = .seconds(10),
    location: SourceLocation = #_sourceLocation,
    _ holds: () throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try !holds() {
        guard ContinuousClock.now < deadline else {
            Issue.record("It did not come to it: \(what).", sourceLocation: location)
            return
        }
        try await Task.sleep(for: .milliseconds(2))
    }
}

/// A folder for a test's files.
struct TestFolder {
    let path: String

    /// Runs a body with a new folder, and takes it away afterwards.
    static func with<Value>(_ body: (TestFolder) async throws -> Value) async throws -> Value {
        let path = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(path) }
        return try await body(TestFolder(path: path))
    }

    subscript(name: String) -> String { "\(path)/\(name)" }

    /// Makes a folder with everything above it.
    func make(_ name: String) throws {
        try FileManager.default.createDirectory(atPath: self[name], withIntermediateDirectories: true)
    }

    /// Writes a file where it is, as `cat >` does.
    func write(_ name: String, _ text: String) throws {
        let descriptor = open(self[name], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        try #require(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
    }

    /// Writes another file and puts it in place, as editors do.
    func replace(_ name: String, _ text: String) throws {
        try write(name + "~", text)
        try #require(rename(self[name + "~"], self[name]) == 0)
    }

    /// What a file says; `nil` where there is none.
    func text(_ name: String) -> String? {
        FileManager.default.contents(atPath: self[name]).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The names in the folder.
    var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }
}
