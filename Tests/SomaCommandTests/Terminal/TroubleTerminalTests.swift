import FoundationEssentials
import Glibc
import SomaCore
import SomaTerminal
import Testing

@testable import soma

@Suite("The console in trouble", .serialized, .timeLimit(.minutes(2)))
struct TroubleTerminalTests {
    @Test("a daemon of another version is said on the screen, and the console ends when it is told to")
    func version() async throws {
        try await TerminalRig.with { rig in
            let body = "{}"
            let server = try StubServer(
                path: rig.folder + "/other",
                answer: "HTTP/1.1 200 OK\r\nSoma-Version: 9 (9.9)\r\nConnection: close\r\n"
                    + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
            )
            defer { server.stop() }
            await rig.enter("show soma --daemon unix:\(rig.folder)/other")
            let text = try await rig.until("The console can't go on.")
            #expect(text.contains("The daemon is soma 9.9 and this client is soma"))
            await rig.press("q")
            try await rig.expectClean(endedWith: 0)
        }
    }

    @Test("files that appear while it runs count, and mistakes in them are said with their place")
    func appears() async throws {
        try await TerminalRig.with { rig in
            await rig.enter("show soma replay --demo --paused")
            try await rig.until("‖")
            let folder = rig.folder + "/config/soma"
            try FileManager.default.createDirectory(
                atPath: folder + "/themes",
                withIntermediateDirectories: true
            )
            try rig.write("config/soma/console.yaml", "asci: true\n")
            try await rig.until("the mistake") {
                $0.contains("unknown key") || $0.contains("console.yaml:1:1")
            }
            try rig.write("config/soma/console.yaml", "keys: {app.quit: X}\n")
            try await rig.until("The settings were read.")
            try rig.write("config/soma/themes/shore.yaml", "name: shore\nroles: {accent: red}\n")
            try await rig.until("The themes were read.")
            await rig.press("X")
            try await rig.expectClean(endedWith: 0)
        }
    }

    @Test(
        "it ends within a second when its terminal is gone, whether or not it is told",
        arguments: ["", "trap '' HUP; "]
    )
    func hangUp(trap: String) async throws {
        try await Place.with { place in
            let demo = CommandHarness.root + "/docs/recordings/demo.soma.ndjson"
            let script = "\(trap)exec \(Place.executable("soma")) replay \(demo)"
            let terminal = try TestTerminal(place, ["/bin/sh", "-c", script])
            try await terminal.until("keys")
            terminal.hangUp()
            // The signal and the end of its input race.
            let code = try await terminal.end(within: .seconds(1))
            #expect(code == 0 || code == 128 + SIGHUP)
        }
    }

    @Test("a disk that is full while transitions are written is told, and nothing is left of the file")
    func fullDisk() async throws {
        try await TerminalRig.with { rig in
            mkdir(rig.folder + "/here/full", 0o755)
            // Of a file system of one page, in a namespace of this process's own.
            let inside =
                "mount -t tmpfs -o size=4k t full && soma replay --demo --paused; echo left $(ls -A full)."
            await rig.enter("show unshare -rm sh -c '\(inside)'")
            try await rig.until("‖")
            await rig.press("End", "5")
            try await rig.until("555 recorded")
            await rig.press(":")
            await rig.press("write full/all", "Enter")
            try await rig.until("full/all not written: no space left on device.")
            await rig.press("q", "q")
            try await rig.until("left .")
            try await rig.expectClean(endedWith: 0)
        }
    }

    @Test("a reader that has seen enough of a screen is no error", arguments: ["text", "ansi", "svg"])
    func pipe(format: String) async throws {
        try await Place.with { place in
            let demo = CommandHarness.root + "/docs/recordings/demo.soma.ndjson"
            let command =
                "\(Place.executable("soma")) screen --replay \(demo) --size 400x400 --format \(format)"
            let outcome = try await place.run([
                "/bin/bash", "-c", "\(command) | head -1; echo ${PIPESTATUS[0]}",
            ])
            #expect(outcome.output.hasSuffix("\n0\n"))
            #expect(outcome.notes == "")
        }
    }
}
