import SomaCore

@testable import soma

/// Compares what Postgres says, what Kafka says, what the clients were told and what the tools did, as somebody who trusts
/// none of them.
struct ChaosAudit {
    /// A transition as the store keeps it.
    struct Stored {
        let transition: Transition
        let bytes: [UInt8]
    }

    /// What must not be.
    private(set) var findings: [String] = []
    /// Transitions that Kafka has more than once, which it may.
    private(set) var repeats = 0
    /// Calls that were in doubt.
    private(set) var doubts = 0
    /// How many transitions there are.
    var count: Int { log.values.reduce(0) { $0 + $1.count } }
    /// How many runs there are.
    var runs: Int { log.count }

    private var log: [RunID: [Stored]] = [:]
    private var ledgers: [RunID: CallLedger] = [:]
    private var heard: [RunID: Int] = [:]
    private let tool: String

    init(tool: String) { self.tool = tool }

    // MARK: Postgres

    /// Takes the next transition of the log, in its order.
    mutating func stored(_ transition: Transition, _ bytes: [UInt8]) {
        ledgers[transition.run, default: CallLedger(tool: tool)].take(transition)
        log[transition.run, default: []].append(Stored(transition: transition, bytes: bytes))
    }

    /// A client was told of a run and its seq before: both must still be there.
    mutating func acknowledged(_ run: RunID, _ seq: Int) {
        let head = log[run]?.last?.transition.seq ?? 0
        if head < seq { find(run, "was acknowledged up to \(seq), and its log ends at \(head)") }
    }

    /// Every run has come to its end.
    mutating func expectEnds() {
        for (run, ledger) in ledgers where !ledger.hasEnded {
            let last = log[run]?.suffix(3).map(\.transition.kind.name).joined(separator: ", ") ?? ""
            find(run, "is stuck at \(ledger.seq): …, \(last)")
        }
        for (run, transitions) in log {
            guard let last = transitions.last?.transition, ledgers[run]?.hasEnded == true else { continue }
            if last.kind != .runCompleted { find(run, "ended as \(last.kind.name): \(last.body)") }
        }
    }

    // MARK: What the tools did

    /// The arguments that the calls had, whose words are needed.
    var arguments: Set<ContentID> {
        Set(ledgers.values.flatMap { $0.calls.values.compactMap(\.arguments) })
    }

    /// Compares the calls with what they left behind.
    mutating func expectCalls(lines: [String], line: (ContentID) -> String?) {
        let counts = Dictionary(lines.map { ($0, 1) }, uniquingKeysWith: +)
        for (line, count) in counts.sorted(by: { $0.key < $1.key }) where count > 1 {
            findings.append("\"\(line)\" was written \(count) times")
        }
        for run in ledgers.keys {
            ledgers[run]?.compare(line: { $0.flatMap(line) }, count: { counts[$0] ?? 0 })
            for finding in ledgers[run]?.findings ?? [] { find(run, finding) }
            doubts += ledgers[run]?.doubts ?? 0
        }
    }

    // MARK: Kafka

    /// Takes the next message of a partition.
    mutating func heard(key: [UInt8]?, value: [UInt8]?) {
        guard let transition = value.flatMap({ try? Transition(cloudEvent: $0) }) else {
            findings.append("Kafka has a message that is no transition")
            return
        }
        let run = transition.run
        if key != Array(run.rawValue.utf8) { find(run, "has a message under another key") }
        guard let stored = log[run]?.dropFirst(transition.seq - 1).first,
            stored.transition.seq == transition.seq
        else { return find(run, "has \(transition.seq) in Kafka, and not in Postgres") }
        if stored.bytes != value { find(run, "has another \(transition.seq) in Kafka than in Postgres") }
        let last = heard[run] ?? 0
        if transition.seq <= last {
            repeats += 1
        } else {
            if transition.seq != last + 1 { find(run, "has \(transition.seq) in Kafka after \(last)") }
            heard[run] = transition.seq
        }
    }

    /// Whether Kafka has all of the log.
    var isHeard: Bool { log.allSatisfy { heard[$0.key] == $0.value.last?.transition.seq } }

    /// Kafka has said all that it has to say.
    mutating func expectHeard() {
        for (run, transitions) in log {
            let (head, last) = (transitions.last?.transition.seq ?? 0, heard[run] ?? 0)
            if last < head { find(run, "ends at \(last) in Kafka, and at \(head) in Postgres") }
        }
    }

    private mutating func find(_ run: RunID, _ what: String) { findings.append("\(run) \(what)") }
}
