import Glibc
import Testing

@testable import SomaSettings

@Suite("Secrets")
struct SecretTests {
    @Test("a secret is not shown by printing, dumping, interpolating or reflecting")
    func redaction() {
        let secret = Secret("canary-8f3a")
        var dumped = ""
        dump(["key": secret], to: &dumped)
        let shown =
            "\(secret) \([secret]) \(String(reflecting: secret)) \(String(describing: Optional(secret))) \(dumped)"
        #expect(!shown.contains("canary"))
        #expect(secret.withExposedValue { $0 } == "canary-8f3a")
    }

    @Test("a reference to a variable is resolved when asked, not before")
    func environment() throws {
        let reference = try SecretReference("env:KEY", relativeTo: "/")
        #expect(reference.description == "env:KEY")
        #expect(try reference.resolve(environment: ["KEY": "one"]).withExposedValue { $0 } == "one")
        #expect(throws: SettingsError.self) { try reference.resolve(environment: [:]) }
        #expect(throws: SettingsError.self) { try reference.resolve(environment: ["KEY": ""]) }
        #expect(throws: SettingsError.self) { try reference.resolve(environment: ["KEY": "a\r\nX-Evil: 1"]) }
    }

    @Test("a reference to a file drops one line end")
    func file() throws {
        try withTemporaryFolder { folder in
            try write("s3cret\n", to: "\(folder)/key")
            let reference = try SecretReference("file:key", relativeTo: folder)
            #expect(reference.description == "file:\(folder)/key")
            #expect(try reference.resolve(environment: [:]).withExposedValue { $0 } == "s3cret")
            try write("s3cret\r\n", to: "\(folder)/key")
            #expect(try reference.resolve(environment: [:]).withExposedValue { $0 } == "s3cret")
        }
    }

    @Test("a file that others can read, or that is no text, holds no secret")
    func openFile() throws {
        try withTemporaryFolder { folder in
            try write("s3cret", to: "\(folder)/key", mode: 0o644)
            let reference = try SecretReference("file:\(folder)/key", relativeTo: "/")
            let error = #expect(throws: SettingsError.self) { try reference.resolve(environment: [:]) }
            #expect(error?.kind == .unsafeFile)
            #expect(error?.description.contains("s3cret") == false)
            chmod("\(folder)/key", 0o600)
            unlink("\(folder)/key")
            let missing = #expect(throws: SettingsError.self) { try reference.resolve(environment: [:]) }
            #expect(missing?.kind == .unusableFile)
        }
    }

    @Test(
        "what is no reference is refused without being repeated",
        arguments: [
            "sk-canary-1234", "file:", "env:", "env:1A", "env:A B", "vault:secret/canary", "", "FILE:/canary",
        ]
    )
    func noReference(text: String) {
        let error = #expect(throws: SettingsError.self) { try SecretReference(text, relativeTo: "/") }
        #expect(error?.kind == .secret)
        #expect(error?.description.contains("canary") == false)
    }
}
