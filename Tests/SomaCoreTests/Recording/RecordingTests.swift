import FoundationEssentials
import Glibc
import Testing

@testable import SomaCore

@Suite("Recording")
struct RecordingTests {
    @Test("what was recorded is read, with and without an index", arguments: [true, false])
    func roundTrip(_ isFinished: Bool) throws {
        let events = RecordingSample.events()
        let recording = try RecordingReader(bytes: RecordingSample.bytes(events, isFinished: isFinished))
        var cursor = recording.cursor()
        var read: [RecordingEvent] = []
        while let next = cursor.peek(), let event = cursor.next() {
            #expect(next == event)
            read.append(event)
        }
        #expect(read == events)
        #expect(cursor.transitions == 200)
        #expect(recording.hasIndex == isFinished)
        #expect(recording.header == RecordingHeader(at: Synthetic.start, program: "test"))
        #expect(recording.verify().map(\.kind) == (isFinished ? [] : [.indexMissing]))
    }

    @Test("the index that is read is the one that reading everything makes")
    func sameIndex() throws {
        let events = RecordingSample.events(transitions: 900, runs: 12)
        let finished = try RecordingReader(bytes: RecordingSample.bytes(events))
        let torn = try RecordingReader(bytes: RecordingSample.bytes(events, isFinished: false))
        #expect(finished.index == torn.index)
        #expect(finished.index.transitions == 900)
        #expect(finished.index.runs.count == 12)
        #expect(finished.index.keyframes.count > 5)
        #expect(finished.index.buckets.reduce(0) { $0 + $1.transitions } == 900)
        #expect(finished.index.marks.contains { $0.kind == .decision })
    }

    @Test("transition lines are the CloudEvents bytes")
    func lines() throws {
        let events = RecordingSample.events()
        let recording = try RecordingReader(bytes: RecordingSample.bytes(events))
        let lines = recording.lines().filter { $0.kind == .transition }.map { recording.bytes(of: $0) }
        #expect(lines == RecordingSample.transitions(events).map { $0.cloudEvent() })
    }

    @Test("seeking to any transition gives what folding up to it gives", arguments: [1, 2, 3])
    func seeking(_ seed: Int) throws {
        let events = RecordingSample.events(transitions: 300, runs: 9, seed: UInt64(seed))
        let recording = try RecordingReader(bytes: RecordingSample.bytes(events))
        var fleet = Fleet()
        var states: [RunID: RunState] = [:]
        for (count, transition) in ([nil] + RecordingSample.transitions(events)).enumerated() {
            if let transition { fleet.apply(transition) }
            let sought = recording.fleet(at: .transition(count))
            #expect(difference(sought, fleet) == "")
            if let transition {
                states[transition.run] = fleet[transition.run]
                #expect(recording.run(transition.run, at: .transition(count)) == fleet[transition.run])
            }
        }
        for (id, state) in states { #expect(recording.run(id) == state) }
        #expect(difference(recording.fleet(at: .end), fleet) == "")
        #expect(recording.fleet(at: .start) == Fleet())
        #expect(recording.run(RunID("nobody")) == nil)
        #expect(recording.problems == [])
    }

    @Test("any transitions fold the same by seeking, on several threads and from the start", arguments: 1...6)
    func anyTransitions(_ seed: Int) throws {
        var random = RandomTransitions(seed: UInt64(seed), runs: 7)
        let log = (0..<400).map { _ in random.next() }
        let recording = try RecordingReader(
            bytes: RecordingSample.bytes(log.map { .transition($0) }, keyframeBytesMin: 1)
        )
        var fleet = Fleet()
        for (count, transition) in log.enumerated() {
            fleet.apply(transition)
            #expect(difference(recording.fleet(at: .transition(count + 1)), fleet) == "")
        }
        for threads in 1...3 {
            let folded = recording.fold(threads: threads)
            #expect(folded.fleet == fleet)
            #expect(folded.transitions == log.count)
        }
        #expect(recording.index.keyframes.count > 3)
    }

    @Test("seeking by time stops before the first later transition, and by bytes before the line")
    func timeAndBytes() throws {
        let events = RecordingSample.events()
        let log = RecordingSample.transitions(events)
        let recording = try RecordingReader(bytes: RecordingSample.bytes(events))
        for (index, transition) in log.enumerated() {
            #expect(recording.cursor(at: .time(transition.at)).transitions == index + 1)
            let before = Timestamp(microseconds: transition.at.microseconds - 1)
            #expect(recording.cursor(at: .time(before)).transitions == index)
        }
        var count = 0
        for line in recording.lines() {
            #expect(recording.cursor(at: .offset(line.bytes.lowerBound)).transitions == count)
            if line.kind == .transition { count += 1 }
        }
    }

    @Test("a recording can begin with a fleet")
    func base() throws {
        let events = RecordingSample.events()
        let log = RecordingSample.transitions(events)
        var fleet = Fleet()
        for transition in log[..<120] { fleet.apply(transition) }
        let late = [.base(fleet)] + log[120...].map { RecordingEvent.transition($0) }
        for isFinished in [true, false] {
            let recording = try RecordingReader(bytes: RecordingSample.bytes(late, isFinished: isFinished))
            var expected = Fleet(runs: fleet.runs)
            #expect(difference(recording.fleet(at: .time(expected.lastAt)), expected) == "")
            for (count, transition) in log[120...].enumerated() {
                expected.apply(transition)
                #expect(difference(recording.fleet(at: .transition(count + 1)), expected) == "")
            }
            #expect(recording.fold(threads: 2).fleet == expected)
            #expect(recording.run(log[0].run) == expected[log[0].run])
        }
    }

    @Test("words are found by their names")
    func content() throws {
        var events = RecordingSample.events()
        let sealed = RecordedContent(id: ContentID(high: 9, low: 9), text: "secret", state: .sealed)
        events.append(.content(sealed))
        let recording = try RecordingReader(bytes: RecordingSample.bytes(events))
        for case .content(let words) in events { #expect(recording.content(words.id) == words) }
        #expect(recording.content(sealed.id)?.text == "")
        #expect(recording.content(ContentID(high: 0, low: 0)) == nil)
        #expect(recording.index.contents == events.count { if case .content = $0 { true } else { false } })
    }

    @Test("two recordings one after the other read as one")
    func joined() throws {
        let one = RecordingSample.events(transitions: 60, runs: 2, seed: 1)
        let two = RecordingSample.events(transitions: 60, runs: 2, seed: 2)
        let recording = try RecordingReader(bytes: RecordingSample.bytes(one) + RecordingSample.bytes(two))
        #expect(!recording.hasIndex)
        #expect(recording.problems.map(\.kind) == [.indexMissing])
        var fleet = Fleet()
        for transition in RecordingSample.transitions(one + two) { fleet.apply(transition) }
        #expect(recording.fold(threads: 1).fleet == fleet)
        #expect(difference(recording.fleet(at: .end), fleet) == "")
    }

    @Test("a newer version is refused, an unknown line and a missing header are not")
    func versions() throws {
        let newer = Array("{\"soma\":\"header\",\"version\":2,\"program\":\"soma 9\"}\n".utf8)
        let error = #expect(throws: RecordingError.self) { try RecordingReader(bytes: newer) }
        #expect(error?.kind == .newerVersion(2))
        #expect(error?.description.contains("version 2") == true)
        let event = RecordingSample.transitions(RecordingSample.events())[0].cloudEvent()
        let strange = Array("{\"soma\":\"hologram\",\"x\":1}\n\n".utf8) + event
        let recording = try RecordingReader(bytes: strange)
        #expect(recording.problems.map(\.kind) == [.headerMissing, .indexMissing])
        #expect(recording.index.transitions == 1)
    }

    @Test(
        "what is no recording is refused with a sentence",
        arguments: ["", "\n\n", "\u{0}\u{1}PNG", "hello\nworld\n", "[1]", "{}"]
    )
    func garbage(_ text: String) {
        let error = #expect(throws: RecordingError.self) {
            try RecordingReader(bytes: Array(text.utf8), name: "x.ndjson")
        }
        #expect(error?.kind == .notARecording)
        #expect(error?.description.hasPrefix("x.ndjson") == true)
    }

    @Test("a file is written in pieces, read through a pipe, and not written over")
    func files() throws {
        let folder = FileManager.default.temporaryDirectory.path
        let path = "\(folder)/recording-\(UInt64.random(in: 0 ... .max)).soma.ndjson"
        defer { unlink(path) }
        try Synthetic(transitions: 2000, runs: 10, live: 4).write(to: path)
        let recording = try RecordingReader(path: path)
        #expect(recording.index.transitions == 2000)
        #expect(recording.verify() == [])
        let clash = #expect(throws: RecordingError.self) {
            _ = try RecordingFile(path: path, header: RecordingHeader(at: Synthetic.start))
        }
        #expect(clash?.kind == .system(EEXIST))
        let missing = #expect(throws: RecordingError.self) { try RecordingReader(path: path + ".none") }
        #expect(missing?.description.contains(path) == true)
        #expect(throws: RecordingError.self) { try RecordingReader(path: folder) }
        let pipe = try #require(popen("cat '\(path)'", "r"))
        defer { pclose(pipe) }
        let piped = try RecordingReader(descriptor: fileno(pipe))
        #expect(piped.index == recording.index)
        // What isn't one is refused before it has filled the disk.
        let endless = try #require(popen("yes x", "r"))
        defer { pclose(endless) }
        let foreign = #expect(throws: RecordingError.self) {
            try RecordingReader(descriptor: fileno(endless))
        }
        #expect(foreign?.kind == .notARecording)
        let measured = try PerfReplay.measure(path, seeks: 5)
        #expect(measured["events"] == 2000)
        #expect(measured["events_per_second"]?.double ?? 0 > 0)
        #expect(measured["rss_anon_bytes"]?.int ?? 0 > 0)
    }

    @Test("a file that is followed has all whole lines after each flush")
    func following() throws {
        let path =
            "\(FileManager.default.temporaryDirectory.path)/follow-\(UInt64.random(in: 0 ... .max)).soma.ndjson"
        defer { unlink(path) }
        var file = try RecordingFile(path: path, header: RecordingHeader(at: Synthetic.start))
        for (index, transition) in RecordingSample.transitions(RecordingSample.events())[..<20].enumerated() {
            try file.append(transition, cloudEvent: transition.cloudEvent())
            try file.flush()
            #expect(try RecordingReader(path: path).index.transitions == index + 1)
        }
        #expect(file.fleet.transitions == 20)
        #expect(file.byteCount > 0)
        try file.close()
        #expect(try RecordingReader(path: path).hasIndex)
    }

    @Test("the numbers in a long recording's index stay bounded")
    func bounds() throws {
        var fold = RecordingFold()
        for number in 1...20_000 {
            let at = Timestamp(microseconds: Int64(number) * 60_000_000)
            let kind: TransitionKind = number % 2 == 0 ? .runPaused : .planRevised
            fold.apply(Transition(run: RunID("r"), seq: number, at: at, kind: kind), offset: number)
        }
        let index = fold.finished()
        #expect(index.marks.count <= RecordingIndex.marksMax)
        #expect(index.marksStride > 1)
        #expect(index.buckets.count <= RecordingIndex.bucketsMax)
        #expect(index.buckets.reduce(0) { $0 + $1.transitions } == 20_000)
        #expect(index.buckets.reduce(0) { $0 + $1.decisions } == 10_000)
        var record = index.record(offset: 100_000)
        #expect(RecordingIndex(record: record, offset: 100_000) == index)
        #expect(RecordingIndex(record: record, offset: 5) == nil)
        record["step"] = 0
        #expect(RecordingIndex(record: record, offset: 100_000) == nil)
    }
}
