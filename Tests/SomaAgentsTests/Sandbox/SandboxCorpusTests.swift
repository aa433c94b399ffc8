import Glibc
import SomaCore
import Testing

@testable import SomaAgents

/// The two ways in which a command meets its workspace.
enum SandboxMode: String, Sendable, CaseIterable, CustomTestStringConvertible {
    /// As where the daemon is root: on a copy that belongs to a user who has nothing else.
    case onCopy = "on a copy"
    /// As where the daemon is an ordinary user: in the workspace itself.
    case inPlace = "in the workspace"

    var testDescription: String { rawValue }

    /// Both ways can be taken by whoever runs the tests: root takes on another user, an ordinary one stays who it is.
    var place: SandboxPlace { SandboxPlace(user: SandboxUser.next(), isCopy: self == .onCopy) }
}

extension ScratchWorkspace {
    /// Runs a command in the sandbox.
    func shell(
        _ command: String,
        _ mode: SandboxMode,
        _ policy: ToolPolicy = ToolPolicy(),
        emit: @escaping @Sendable (ToolOutput) -> Void = { _ in }
    ) async -> ToolResult {
        let place = mode.place
        if !place.isCopy, let user = place.user { give(to: user) }
        let context = context(policy)
        return await BlockingPool.commands.run { stop in
            do throws(ToolError) {
                let request = try ShellRequest(["command": .string(command)], context, default: .seconds(60))
                return try request.perform(stop, in: place, emit)
            } catch {
                return ToolResult(error)
            }
        }
    }

    /// Makes the workspace a user's.
    private func give(to user: ProgramLaunch.User) {
        chown(path, user.uid, user.gid)
        guard let workspace = try? Workspace(path) else { return }
        var walk = FileWalk(workspace, from: .root, stop: StopSignal(timeout: nil), honoursIgnoreFiles: false)
        try? walk.run { entry in
            fchownat(entry.folder, entry.rawName, user.uid, user.gid, AT_SYMLINK_NOFOLLOW)
            return true
        }
    }
}

@Suite("Sandbox cases", .serialized)
struct SandboxCorpusTests {
    @Test("a command can do its work and nothing else", arguments: SandboxCase.all, SandboxMode.allCases)
    func run(_ one: SandboxCase, _ mode: SandboxMode) async throws {
        let fixture = try SandboxFixture()
        for (name, content) in one.files {
            try fixture.scratch.write(name, fixture.filled(content))
            chmod("\(fixture.scratch.path)/\(name)", 0o755)
        }
        var policy = ToolPolicy()
        policy.timeout = .seconds(one.limitSeconds)
        policy.environment = one.environment.mapValues(fixture.filled)
        if one.name == "variables stay inside" {
            policy.environment = ["EXTRA": "extra value", "LD_PRELOAD": "/nowhere.so"]
        }
        let started = ContinuousClock.now
        let result = await fixture.scratch.shell(fixture.filled(one.command), mode, policy)
        let took = started.duration(to: .now).seconds
        for text in one.has {
            #expect(result.text.contains(fixture.filled(text)), "\(result.text.suffix(1500))")
        }
        for text in one.lacks {
            #expect(!result.text.contains(fixture.filled(text)), "\(result.text.suffix(1500))")
        }
        #expect(took < one.endsWithinSeconds ?? one.limitSeconds + 3)
        if let check = one.hostCheck {
            #expect(throws: Never.self) {
                _ = try HostProgram.output("/bin/bash", ["-c", fixture.filled(check)], timeout: .seconds(20))
            }
        }
    }
}
