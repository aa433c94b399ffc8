import FoundationEssentials
import SomaCore
import Testing

@Suite("Talking on the command line", .timeLimit(.minutes(3)))
struct ChatTests {
    @Test("a message is answered, and the conversation goes on by its name")
    func talk() async throws {
        try await Place.with { place in
            try Data("teh line\n".utf8).write(to: URL(filePath: place.workspace + "/note.txt"))
            let first = try await place.soma("chat", "survey .")
            #expect(first.code == 0, "\(first.notes)")
            #expect(first.output.hasPrefix("# Survey of "))
            let told = try #require(first.notes.split(separator: "\n").last)
            let id = try #require(told.split(separator: " ").dropFirst(3).first.map(String.init))
            #expect(told.hasPrefix("soma chat --conversation \(id) "))

            let unknown = try await place.soma("chat", "fly to the moon", "--conversation", id)
            #expect(unknown.code == 5)
            #expect(unknown.output.isEmpty && unknown.notes.contains("No runbook fits"), "\(unknown.notes)")

            let waits = try await place.soma("chat", "replace teh with the in note.txt", "--conversation", id)
            #expect(waits.code == 4, "\(waits.notes)")
            let runs = try await place.soma("ps", "--json").json().array
            let run = try #require(runs?.first?["id"]?.string)
            // The next message waits for it.
            async let later = place.soma("chat", "check this host", "--conversation", id, "--json")
            #expect(try await place.soma("cancel", run).code == 0)
            let answer = try await later
            #expect(try answer.json()["status"]?.string == "completed", "\(answer.notes)")

            let lines = try await place.soma("chat", "--json", input: "survey .\n\nfly\n")
            #expect(lines.code == 5)
            let answers = try lines.output.split(separator: "\n").map { try JSON.parse(String($0)) }
            #expect(answers.map { $0["status"]?.string } == ["completed", "refused"])
            #expect(Set(answers.map { $0["conversation"]?.string }).count == 1)
        }
    }

    @Test("a conversation that isn't there, and options that it began with, are wrong use")
    func wrong() async throws {
        try await Place.with { place in
            let missing = try await place.soma("chat", "hello", "--conversation", "nosuch")
            #expect(missing.code == 2 && missing.notes.contains("no conversation"), "\(missing.notes)")
            let both = try await place.soma("chat", "hello", "--conversation", "x", "--role", "coder")
            #expect(both.code == 2, "\(both.notes)")
            let role = try await place.soma("chat", "hello", "--role", "wizard")
            #expect(role.code != 0 && role.notes.contains("wizard"), "\(role.notes)")
        }
    }

    @Test("typed messages are asked for, answered, and a waiting run is said and waited for")
    func typed() async throws {
        try await TerminalRig.with { rig in
            try rig.write("here/note.txt", "teh line\n")
            await rig.enter("show soma chat")
            try await rig.until("›")
            await rig.enter("fly to the moon")
            try await rig.until("No runbook fits")
            await rig.enter("replace teh with the in note.txt")
            try await rig.until("waits for you")
            let runs = try JSON.parse(await rig.run("soma", "ps", "--json"))
            let run = try #require(runs[0]?["id"]?.string)
            await rig.run("soma", "approve", run)
            try await rig.until("the prompt again") { text in
                text.split(separator: "\n").last { !$0.allSatisfy(\.isWhitespace) } == "› "
                    || text.split(separator: "\n").last { !$0.allSatisfy(\.isWhitespace) } == "›"
            }
            await rig.press("C-d")
            try await rig.expectClean(endedWith: 0)
        }
    }
}
