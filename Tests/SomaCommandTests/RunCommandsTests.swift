import SomaCore
import Testing

@testable import soma

@Suite("Commands against a daemon", .timeLimit(.minutes(3)))
struct RunCommandsTests {
    @Test("a survey runs to its end, prints its report, and every reading command shows it")
    func survey() async throws {
        try await CommandHarness.withDaemon { harness in
            try harness.write("main.swift", "print(\"hello\")\n")
            try harness.write("notes.md", "# Notes\n\nSome words.\n")
            let run = await harness.soma("run", "survey .", "--workspace", harness.workspace)
            #expect(run.code == 0, "\(run.notes)")
            #expect(run.output.contains("# "))
            #expect(run.notes.contains("run.started"))
            #expect(run.notes.contains("run.completed"))

            let list = try await harness.soma("ps", "--all", "--json").json()
            let runs = try list.decode([RunDocument].self)
            let root = try #require(runs.first { $0.parent == nil })
            #expect(root.status == .completed)
            #expect(runs.count > 1, "it delegates")
            #expect(root.steps.allSatisfy { $0.state == .done || $0.state == .skipped })

            let show = await harness.soma("show", root.id.short)
            #expect(show.code == 0)
            #expect(show.output.contains("survey ."))
            #expect(show.output.contains("1  Count files, lines and bytes by language"), "\(show.output)")
            let tree = await harness.soma("tree")
            #expect(tree.output.contains("└─"))
            let log = await harness.soma("log", root.id.short, "--json")
            let events = try log.output.split(separator: "\n").map { try Transition(cloudEvent: $0.utf8) }
            #expect(events.map(\.seq) == Array(1...events.count))
            var state = RunState(id: root.id)
            for event in events { state.apply(event) }
            #expect(state.status == .completed)
            #expect(state.seq == root.seq)
            let some = await harness.soma("log", root.id.short, "--grep", "verify.judged")
            #expect(!some.output.isEmpty)
            #expect(some.output.split(separator: "\n").allSatisfy { $0.contains("verify.judged") })
            #expect(await harness.soma("wait", root.id.short).code == 0)
            let memory = await harness.soma("memory", "survey", "--workspace", harness.workspace)
            #expect(memory.code == 0)
            #expect(!memory.output.isEmpty)
            let again = await harness.soma("pause", root.id.short)
            #expect(again.code == 2)
            #expect(again.notes.contains("has ended"))
        }
    }

    @Test("a goal that nobody knows is refused with what can be done")
    func unknownGoal() async throws {
        try await CommandHarness.withDaemon { harness in
            let run = await harness.soma("run", "bake a cake")
            #expect(run.code == 2)
            #expect(run.output.isEmpty)
            #expect(run.notes.contains("survey"))
            let missing = await harness.soma("show", "zzzzzz")
            #expect(missing.code == 2)
            let role = await harness.soma("run", "survey .", "--role", "reseacher")
            #expect(role.code == 2)
            #expect(role.notes.contains("researcher"))
        }
    }

    @Test("a recording of a run replays to the same end, whole and torn")
    func recording() async throws {
        try await CommandHarness.withDaemon { harness in
            let run = await harness.soma("run", "check this host", "--workspace", harness.workspace)
            #expect(run.code == 0, "\(run.notes)")
            let file = harness.folder + "/all.soma.ndjson"
            let record = await harness.soma("record", "--out", file)
            #expect(record.code == 0, "\(record.notes)")
            #expect(await harness.soma("record", "--out", file).code == 2, "it overwrites nothing")
            let live = await harness.soma("ps", "--all", "--json")
            let documents = try live.json().decode([RunDocument].self)
            let replay = await CommandHarness.soma(["replay", file, "--json", "--speed", "max"])
            var fleet = Fleet()
            let told = try replay.output.split(separator: "\n").map { try Transition(cloudEvent: $0.utf8) }
            for transition in told { fleet.apply(transition) }
            #expect(told.map(\.at) == told.map(\.at).sorted(), "in the order in which it happened")
            #expect(fleet.runs.count > 1, "with what it delegated")
            #expect(Set(fleet.runs.map(\.id)) == Set(documents.map(\.id)))
            #expect(fleet.runs.allSatisfy { $0.status == .completed })

            let inspected = await CommandHarness.soma(["inspect", file, "--as", "recording"])
            #expect(inspected.code == 0)
            #expect(try inspected.json()["transitions"]?.int == fleet.transitions)
            let ingested = await harness.soma("perf", "ingest", "--source", "sse", "--size", "120x40")
            #expect(ingested.code == 0, "\(ingested.notes)")
            #expect(try ingested.json()["events"]?.int == fleet.transitions)
            let screen = await CommandHarness.soma(["screen", "--replay", file, "--size", "80x24"])
            #expect(screen.code == 0, "\(screen.notes)")
            #expect(screen.output.split(separator: "\n", omittingEmptySubsequences: false).count >= 24)
            #expect(screen.output.contains("check this host"))

            let bytes = try InputFile.bytes(file)
            let torn = harness.folder + "/torn.soma.ndjson"
            try harness.write(
                "../torn.soma.ndjson",
                String(decoding: bytes.prefix(bytes.count / 2), as: UTF8.self)
            )
            let half = await CommandHarness.soma(["replay", torn, "--json", "--speed", "max"])
            #expect(half.code == 0)
            #expect(!half.output.isEmpty)
            #expect(half.notes.contains("soma:"))
        }
    }

    @Test("a run that needs approval waits, ends the command with 4, and goes on when it is answered")
    func approval() async throws {
        try await CommandHarness.withDaemon { harness in
            try harness.write("a.txt", "the colour is grey\n")
            let run = await harness.soma(
                "run",
                "replace grey with blue in a.txt",
                "--workspace",
                harness.workspace
            )
            #expect(run.code == 4, "\(run.output)\(run.notes)")
            let waiting = try await harness.soma("ps", "--needs-me", "--json").json().decode(
                [RunDocument].self
            )
            let document = try #require(waiting.first)
            let question = try #require(document.waits.first { $0.needsPerson }?.seq)
            #expect(await harness.soma("approve", "\(document.id.short)/1").code == 2, "that is no question")
            #expect(
                await harness.soma("answer", document.id.short, "blue").code != 0,
                "it wants approval, not words"
            )
            let approve = await harness.soma("approve", "\(document.id.short)/\(question)")
            #expect(approve.code == 0, "\(approve.notes)")
            let ended = await harness.soma("wait", document.id.short)
            #expect(ended.code == 0, "\(ended.notes)")
            let text = String(decoding: try InputFile.bytes(harness.workspace + "/a.txt"), as: UTF8.self)
            #expect(text == "the colour is blue\n")
            let stale = await harness.soma("approve", "\(document.id.short)/\(question)")
            #expect(stale.code == 2)

            let fork = await harness.soma("fork", document.id.short, "--at", "\(question)")
            #expect(fork.code == 0, "\(fork.notes)")
            let id = fork.output.split(separator: "\n").first.map(String.init) ?? ""
            #expect(await harness.soma("reject", id, "-m", "once is enough").code == 0)
        }
    }

    @Test("a run is paused, resumed and cancelled")
    func steering() async throws {
        try await CommandHarness.withDaemon { harness in
            try harness.write("a.txt", "the colour is grey\n")
            let start = await harness.soma(
                "run",
                "replace grey with blue in a.txt",
                "--workspace",
                harness.workspace,
                "--detach"
            )
            #expect(start.code == 0, "\(start.notes)")
            let id = start.output.split(separator: "\n").first.map(String.init) ?? ""
            #expect(await harness.soma("wait", id).code == 4)
            #expect(await harness.soma("pause", id).code == 0)
            #expect(await harness.soma("show", id, "--json").output.contains(#""status":"paused""#))
            #expect(await harness.soma("resume", id).code == 0)
            #expect(await harness.soma("budget", id, "--steps", "500").code == 0)
            #expect(await harness.soma("cancel", id, "-m", "enough").code == 0)
            #expect(await harness.soma("wait", id).code == 1)
            #expect(await harness.soma("ps").output.isEmpty)
        }
    }
}
