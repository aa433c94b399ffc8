import SomaCore
import SomaTesting
import Testing

@testable import SomaEngine

@Suite("What a relay does next")
struct RelayMachineTests {
    private func record(_ text: String) -> BusRecord {
        BusRecord(topic: RelayParcel.topic, key: Array("run".utf8), value: Array(text.utf8))
    }

    private func parcel(_ texts: [String]) -> RelayParcel { RelayParcel(records: texts.map(record)) }

    @Test("parcels go one after the other, each once the one before is confirmed")
    func inOrder() {
        let (first, second) = (parcel(["1", "2"]), parcel(["3"]))
        var machine = RelayMachine([first, second])
        #expect(machine.step == .send(first))
        machine.sent()
        #expect(machine.step == .send(second))
        machine.sent()
        #expect(machine.step == .idle)
    }

    @Test("what passes is waited for, ever longer, and the same parcel is tried again")
    func waits() {
        let only = parcel(["1"])
        var machine = RelayMachine([only])
        var waits: [Duration] = []
        for _ in 0..<8 {
            machine.failed(BusError(.unavailable, "away"))
            if case .wait(let time) = machine.step { waits.append(time) }
            machine.waited()
            #expect(machine.step == .send(only))
        }
        #expect(waits.first == .milliseconds(100))
        #expect(waits == waits.sorted())
        #expect(waits.last == .seconds(5))
        machine.failed(BusError(.fatal, "fenced"))
        #expect(machine.step == .reopen(.seconds(5)))
    }

    @Test(
        "what a person must change is waited for too: nothing is passed over",
        arguments: [
            (.missingTopic, .reopen(.milliseconds(100))), (.refused, .wait(.milliseconds(100))),
            (.configuration, .wait(.milliseconds(100))), (.broker, .wait(.milliseconds(100))),
        ] as [(BusError.Kind, RelayMachine.Step)]
    )
    func neverSkips(_ kind: BusError.Kind, step: RelayMachine.Step) {
        let only = parcel(["1"])
        var machine = RelayMachine([only])
        machine.failed(BusError(kind, "no"))
        #expect(machine.step == step)
        machine.waited()
        #expect(machine.step == .send(only))
    }

    @Test("one that is too large is put aside with the reason, and the next ones go on")
    func tooLarge() {
        let (large, next) = (parcel(["large"]), parcel(["2"]))
        var machine = RelayMachine([large, next])
        machine.failed(BusError(.tooLarge, "too large."))
        #expect(machine.step == .putAside(large, reason: "too large."))
        // Putting it aside may fail too.
        machine.failed(BusError(.unavailable, "away"))
        #expect(machine.step == .wait(.milliseconds(100)))
        machine.waited()
        #expect(machine.step == .putAside(large, reason: "too large."))
        machine.sent()
        #expect(machine.step == .send(next))
    }

    @Test("where one of several is too large, each goes alone, and only that one is put aside")
    func divides() {
        var machine = RelayMachine([parcel(["1", "large", "3"])])
        machine.failed(BusError(.tooLarge, "too large."))
        #expect(machine.step == .send(parcel(["1"])))
        machine.sent()
        machine.failed(BusError(.tooLarge, "too large."))
        #expect(machine.step == .putAside(parcel(["large"]), reason: "too large."))
        machine.sent()
        #expect(machine.step == .send(parcel(["3"])))
        machine.sent()
        #expect(machine.step == .idle)
    }

    @Test("a large transition goes alone, the others together, in the log's order")
    func parcels() {
        var run = ContractRun("run-1")
        run.work(5)
        let page = run.transitions.enumerated().map { index, transition in
            let size = index == 1 ? RelayParcel.aloneBytes + 1 : 10
            return StoredTransition(
                position: Position(Int64(index + 1)),
                transition: transition,
                bytes: [UInt8](repeating: 65, count: size)
            )
        }
        var sharing = RelayParcels(of: page.count)
        for stored in page { sharing.append(BusRecord(stored)) }
        let parcels = sharing.all()
        #expect(parcels.map(\.records.count) == [1, 1, page.count - 2])
        #expect(parcels.flatMap(\.records).map(\.value) == page.map(\.bytes))
    }

    @Test("what is read of a stored transition is what decoding all of it gives")
    func read() throws {
        var run = ContractRun("run-\"1\"")
        var plain = ContractRun("run-2")
        var transitions = run.work(4) + plain.work(6)
        transitions[5].trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        transitions[4].trace = "no trace"
        transitions[6].body["trace"] = .string("in the body")
        transitions[7].kind = .unknown("other.thing.v9")
        var memo = RelayMemo()
        for transition in transitions {
            let bytes = transition.cloudEvent()
            let raw = RawTransition(
                position: 7,
                seq: transition.seq,
                checksum: Checksum.of(bytes),
                bytes: bytes
            )
            let stored = StoredTransition(position: Position(7), transition: transition, bytes: bytes)
            for traces in [nil, TraceSampling.all] {
                let record = try BusRecord(raw, at: "here", traces: traces, &memo)
                #expect(record == BusRecord(stored, traces: traces))
            }
        }
        let bytes = transitions[0].cloudEvent()
        let damaged = RawTransition(position: 7, seq: 1, checksum: Checksum.of(bytes) + 1, bytes: bytes)
        #expect(throws: StoreError.self) { try BusRecord(damaged, at: "here", &memo) }
        let other = RawTransition(position: 7, seq: 2, checksum: Checksum.of(bytes), bytes: bytes)
        #expect(throws: StoreError.self) { try BusRecord(other, at: "here", &memo) }
    }

    @Test("a record has the run as its key, the stored bytes as its value, and says its type and trace")
    func records() throws {
        let run = RunBuilder("c9d1e0aaaaaaaaa", role: "r", goal: "g", at: Timestamp(microseconds: 1))
        var transition = try #require(run.transitions.first)
        transition.trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        let bytes = Array("{}".utf8)
        let record = BusRecord(
            StoredTransition(position: Position(1), transition: transition, bytes: bytes)
        )
        #expect(record.topic == "orchestrator.transitions")
        #expect(record.key == Array("c9d1e0aaaaaaaaa".utf8))
        #expect(record.value == bytes)
        let headers = record.headers.map { "\($0.name)=\(String(decoding: $0.value ?? [], as: UTF8.self))" }
        #expect(headers.first == "ce_type=soma.run.started.v1")
        #expect(
            headers.last
                == "traceparent=00-4bf92f3577b34da6a3ce929d0e0e4736-\(TraceIdentity.span(of: transition.run))-00"
        )
        transition.trace = "0000"
        let plain = BusRecord(StoredTransition(position: Position(1), transition: transition, bytes: bytes))
        #expect(plain.headers.map(\.name) == ["ce_type"])
        // Where traces are exported every transition belongs to one.
        transition.kind = .nodeEntered
        let traced = BusRecord(
            StoredTransition(position: Position(1), transition: transition, bytes: bytes),
            traces: .all
        )
        let (trace, span) = (
            TraceIdentity.trace(of: transition.run), TraceIdentity.span(of: transition.run, seq: 1)
        )
        #expect(traced.headers.last == BusHeader("traceparent", "00-\(trace)-\(span)-01"))
    }
}
