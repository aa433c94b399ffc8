package import SomaCore

/// How far an effect is, as the ledger tells it.
package enum EffectStage: String, Sendable, Hashable, CaseIterable {
    /// It may have happened: its result was lost.
    case doubt
    /// Under way.
    case running
    /// Failed, and to be tried again.
    case retry
    /// A person must approve it first.
    case asks
    /// Written down; nothing was done yet.
    case intended
    /// Ended well: the result is there.
    case confirmed
    /// Ended badly.
    case failed
    /// A person said no.
    case refused
    /// Nobody waits for it any more: its node was left, or the run ended.
    case given

    /// The word in the table, of at most nine letters.
    package var word: String {
        switch self {
        case .doubt: "in doubt"
        case .given: "given up"
        default: rawValue
        }
    }

    /// The mark in front of it.
    package var mark: RunMark {
        switch self {
        case .doubt: .inDoubt
        case .running: .running
        case .retry: .waiting
        case .asks: .needsPerson
        case .intended: .unknown
        case .confirmed: .done
        case .failed: .failed
        case .refused, .given: .cancelled
        }
    }

    /// Whether it is over.
    package var isOver: Bool {
        switch self {
        case .doubt, .running, .retry, .asks, .intended: false
        case .confirmed, .failed, .refused, .given: true
        }
    }

    /// Where it stands in the ledger: what is in doubt, what is under way, what is open, what is over.
    var zone: Int {
        switch self {
        case .doubt: 0
        case .running, .retry: 1
        case .asks, .intended: 2
        default: 3
        }
    }
}

/// An effect in the ledger.
package struct EffectItem: Sendable, Hashable {
    /// What names an effect: its run and the seq of its `effect.requested`.
    package struct ID: Sendable, Hashable {
        package var run: RunID
        package var effect: Int

        package init(_ run: RunID, _ effect: Int) { (self.run, self.effect) = (run, effect) }
    }

    package var id: ID
    /// Whether a model is asked.
    package var isModel: Bool
    package var name: String
    package var effectClass: EffectClass
    package var stage: EffectStage
    /// When it was asked for.
    package var askedAt: Timestamp
    /// Since when it is as it is.
    package var since: Timestamp
    /// How often it was started.
    package var attempt: Int
    package var arguments: ContentID?
    package var result: ContentID?
    /// How it ended, in one word.
    package var status = ""
    /// Structured facts about the end.
    package var detail = JSONObject()
    /// Who settled it, and how: `nil` where nobody had to.
    package var settled: Settled?
    /// The node that asked for it.
    package var node: String

    /// What a person said of an effect that was in doubt.
    package struct Settled: Sendable, Hashable {
        package var by: String
        package var happened: Bool
        package var at: Timestamp
    }

    /// An effect that is open in a run.
    init?(_ request: Request, in activation: Activation, of run: RunID) {
        guard request.kind == .tool || request.kind == .model else { return nil }
        id = ID(run, request.id)
        isModel = request.kind == .model
        name = request.name
        effectClass = request.effectClass
        stage = EffectStage(request)
        askedAt = activation.enteredAt
        since = request.since
        attempt = request.attempt
        arguments = request.arguments
        result = request.result
        status = request.status
        if request.state.isAnswered { detail = request.detail }
        node = activation.node
    }

    init(_ requested: Transition) {
        let body = requested.body
        id = ID(requested.run, requested.seq)
        isModel = body["effect"]?.string == "model"
        name = body["name"]?.string ?? ""
        effectClass = body["class"]?.string.flatMap(EffectClass.init) ?? .once
        stage = .intended
        askedAt = requested.at
        since = requested.at
        attempt = 0
        arguments = requested.content("arguments")
        node = requested.node ?? ""
    }

    /// What taking the run up again after a crash would do with it.
    package func onResume(isEnded: Bool) -> String {
        if isEnded { return "nothing" }
        switch stage {
        case .doubt: return "ask you: once"
        case .asks: return "wait for you"
        case .intended: return "do it"
        case .running, .retry:
            switch effectClass {
            case .read: return "repeat"
            case .model: return "repeat, charged"
            case .idempotent: return "repeat, same key"
            // What has failed is known not to be under way.
            case .once: return stage == .retry ? "try again" : "ask you: once"
            }
        case .confirmed, .failed, .refused, .given: return "keep"
        }
    }
}

extension EffectStage {
    init(_ request: Request) {
        self =
            switch request.state {
            case .requested: .intended
            case .awaitingApproval: .asks
            case .started: .running
            case .backingOff: .retry
            case .inDoubt: .doubt
            case .succeeded: .confirmed
            case .failed: request.status == "rejected" ? .refused : .failed
            }
    }
}
