import SomaCore

/// What the log of one run says about its calls of one tool, kept by somebody who trusts nobody: the fold of the
/// product is not used.
struct CallLedger: Sendable {
    /// What is known of a call.
    enum Fate: Sendable, Hashable {
        case requested
        case started
        case finished(succeeded: Bool)
        case inDoubt
        case settled(happened: Bool)
    }

    /// A call.
    struct Call: Sendable, Hashable {
        var arguments: ContentID?
        var fate = Fate.requested
        /// Whether the process that started it is gone, and nothing has been said about it since.
        var isOrphan = false
    }

    /// Calls by the seq of their request.
    private(set) var calls: [Int: Call] = [:]
    /// How often a call was said to be in doubt.
    private(set) var doubts = 0
    /// Calls that went on, or whose run did, although nobody knew what had become of them.
    private(set) var doubtsMissing = 0
    /// What must not be in a log.
    private(set) var findings: [String] = []
    /// Whether the run has ended.
    private(set) var hasEnded = false
    /// How often it was taken up after a crash.
    private(set) var recoveries = 0
    private(set) var seq = 0
    private let tool: String

    init(tool: String) { self.tool = tool }

    /// The calls in doubt, by the seq of their request.
    var open: [(effect: Int, arguments: ContentID?)] {
        calls.filter { $0.value.fate == .inDoubt }.map { ($0.key, $0.value.arguments) }
    }

    /// Takes the next transition.
    mutating func take(_ transition: Transition) {
        if transition.seq != seq + 1 { find(transition, "comes after \(seq)") }
        seq = transition.seq
        switch transition.kind {
        case .runResumed:
            guard transition.body["after"]?.string == "crash" else { return }
            recoveries += 1
            for (effect, call) in calls where call.fate == .started { calls[effect]?.isOrphan = true }
        case .effectRequested:
            guard transition.body["name"]?.string == tool else { return }
            calls[transition.seq] = Call(arguments: transition.content("arguments"))
        case .effectStarted, .effectFinished, .effectInDoubt, .effectSettled:
            guard let effect = transition.body["effect"]?.int, let call = calls[effect] else { return }
            let fate = next(call, transition)
            calls[effect] = Call(arguments: call.arguments, fate: fate)
        case .nodeLeft, .nodeEntered: countOrphans()
        case .runCompleted, .runFailed, .runCancelled:
            countOrphans()
            hasEnded = true
        default: break
        }
    }

    private mutating func next(_ call: Call, _ transition: Transition) -> Fate {
        switch transition.kind {
        case .effectStarted:
            switch call.fate {
            case .requested, .settled(happened: false): break
            default: find(transition, "starts a call that is \(call.fate)")
            }
            if call.isOrphan { doubtsMissing += 1 }
            return .started
        case .effectFinished:
            if call.isOrphan { doubtsMissing += 1 }
            if ![.started, .inDoubt].contains(call.fate) {
                find(transition, "ends a call that is \(call.fate)")
            }
            return .finished(succeeded: transition.body["ok"]?.bool == true)
        case .effectInDoubt:
            if call.fate != .started { find(transition, "doubts a call that is \(call.fate)") }
            doubts += 1
            return .inDoubt
        default:
            if call.fate != .inDoubt { find(transition, "settles a call that is \(call.fate)") }
            return .settled(happened: transition.body["happened"]?.bool == true)
        }
    }

    private mutating func countOrphans() {
        for (effect, call) in calls where call.isOrphan {
            doubtsMissing += 1
            calls[effect]?.isOrphan = false
        }
    }

    private mutating func find(_ transition: Transition, _ what: String) {
        findings.append("\(transition.run)/\(transition.seq) (\(transition.kind.name)) \(what)")
    }

    /// Compares the calls with what really happened, once nothing happens any more.
    ///
    /// - Parameters:
    ///   - line: The line that a call with these arguments appends.
    ///   - count: How often a line is in the file.
    mutating func compare(line: (ContentID?) -> String?, count: (String) -> Int) {
        countOrphans()
        for (effect, call) in calls.sorted(by: { $0.key < $1.key }) {
            guard let line = line(call.arguments) else {
                findings.append("call \(effect): its arguments are not in the store")
                continue
            }
            let count = count(line)
            let allowed: ClosedRange<Int> =
                switch call.fate {
                case .requested, .settled(happened: false): 0...0
                case .finished(succeeded: true), .settled(happened: true): 1...1
                case .started, .finished(succeeded: false), .inDoubt: 0...1
                }
            if call.fate == .started { doubtsMissing += 1 }
            guard !allowed.contains(count) else { continue }
            findings.append("call \(effect) is \(call.fate), and \"\(line)\" is in the file \(count) times")
        }
    }
}
