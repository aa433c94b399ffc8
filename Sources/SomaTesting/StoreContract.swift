public import SomaCore
public import SomaEngine

/// What every `EventStore` does, as checks that each store's tests run.
///
/// ```swift
/// @Test(arguments: StoreContract.all)
/// func contract(_ check: StoreContract.Case) async throws { try await check.run(MemoryStore()) }
/// ```
public enum StoreContract {
    /// One check.
    public typealias Case = ContractCase<any EventStore>

    /// What didn't hold.
    public struct Failure: Error, CustomStringConvertible {
        /// What was expected, and what was there.
        public let description: String
    }

    /// All checks.
    public static let all: [Case] = writes + reads + words

    static func expect(_ condition: Bool, _ what: @autoclosure () -> String, line: Int = #line) throws {
        guard !condition else { return }
        throw Failure(description: "\(what()) (check at line \(line))")
    }

    static func expectEqual<Value: Equatable>(
        _ found: Value,
        _ expected: Value,
        _ what: String,
        line: Int = #line
    ) throws {
        guard found != expected else { return }
        throw Failure(description: "\(what): expected \(expected), found \(found) (check at line \(line))")
    }

    /// Sees that `body` throws a `StoreError` of a kind.
    static func expect(
        _ kind: StoreError.Kind,
        _ what: String,
        line: Int = #line,
        _ body: () async throws(StoreError) -> Void
    ) async throws {
        do throws(StoreError) {
            try await body()
        } catch {
            return try expectEqual(error.kind, kind, what, line: line)
        }
        throw Failure(
            description: "\(what): expected \(kind), and nothing was thrown (check at line \(line))"
        )
    }
}

/// Makes the log of one run, step by step.
public struct ContractRun: Sendable {
    /// The run.
    public let id: RunID
    /// The state after what was made so far.
    public private(set) var state: RunState
    /// What was made so far.
    public private(set) var transitions: [Transition] = []
    private let start: Int64

    /// Creates a run of which nothing is written yet.
    ///
    /// - Parameters:
    ///   - id: Its name.
    ///   - start: When it starts, in seconds since 1970.
    public init(_ id: String, start: Int64 = 1_700_000_000) {
        self.id = RunID(id)
        self.start = start
        state = RunState(id: self.id)
    }

    /// Makes the next transition.
    @discardableResult
    public mutating func next(
        _ kind: TransitionKind,
        node: String? = nil,
        body: JSONObject = JSONObject(),
        content: [ContentReference] = []
    ) -> Transition {
        let seq = transitions.count + 1
        let transition = Transition(
            run: id,
            seq: seq,
            at: Timestamp(microseconds: (start + Int64(seq)) * 1_000_000),
            kind: kind,
            agent: "researcher",
            node: node,
            body: body,
            content: content
        )
        transitions.append(transition)
        state.apply(transition)
        return transition
    }

    /// Makes `count` transitions: a start, then visits of nodes.
    @discardableResult
    public mutating func work(_ count: Int) -> [Transition] {
        let first = transitions.count
        while transitions.count < first + count {
            guard !transitions.isEmpty else {
                next(.runStarted, body: ["graph": "contract", "entry": "node-1"])
                continue
            }
            if let visit = state.activations.last {
                let target: JSONObject = ["node": .string("node-\(transitions.count % 7)")]
                let body: JSONObject = [
                    "activation": .int(Int64(visit.id)), "outcome": "next", "next": [.object(target)],
                    "set": ["last": .int(Int64(transitions.count))],
                ]
                next(.nodeLeft, node: visit.node, body: body)
            } else {
                next(.nodeEntered, node: state.entries.first?.node ?? "node-0")
            }
        }
        return Array(transitions[first...])
    }

    /// A group of some of its transitions.
    public func group(
        _ transitions: [Transition],
        content: [Content] = [],
        snapshot: Bool = false
    ) -> CommitGroup {
        CommitGroup(run: id, transitions: transitions, content: content, snapshots: snapshot ? [state] : [])
    }
}
