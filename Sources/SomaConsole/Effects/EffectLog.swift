import SomaCore

/// All effects of one run: the fold of its log, read on as it grows.
struct EffectLog: Sendable {
    private(set) var items: [EffectItem] = []
    /// How many transitions were read.
    private(set) var count = 0
    /// The seq of the first transition read, to know another log by.
    private(set) var first: Int?
    /// The effects that changed with what was read last, by place.
    private(set) var changed: Set<Int> = []

    private var places: [Int: Int] = [:]
    private var questions: [Int: Int] = [:]
    private var open: [Int: [Int]] = [:]

    /// Reads on up to a number of transitions; begins anew where the log is another, or shorter.
    mutating func read(_ transitions: [Transition], upTo end: Int) -> Bool {
        let isNew = count > end || first != transitions.first?.seq
        if isNew { self = EffectLog() }
        changed = []
        for transition in transitions[count..<end] { append(transition) }
        count = end
        first = transitions.first?.seq
        return isNew
    }

    private mutating func append(_ transition: Transition) {
        let body = transition.body
        switch transition.kind {
        case .effectRequested:
            places[transition.seq] = items.count
            changed.insert(items.count)
            items.append(EffectItem(transition))
            if let activation = body["activation"]?.int {
                open[activation, default: []].append(transition.seq)
            }
        case .effectStarted:
            change(body["effect"]?.int, transition) { item in
                item.stage = .running
                item.attempt = max(item.attempt.addingClamped(1), transition.attempt)
            }
        case .effectFinished:
            change(body["effect"]?.int, transition) { item in
                let succeeded = body["ok"]?.bool ?? false
                item.stage = body["retry"] != nil ? .retry : succeeded ? .confirmed : .failed
                item.status = body["status"]?.string ?? (succeeded ? "ok" : "error")
                item.detail = body["detail"]?.object ?? JSONObject()
                item.result = transition.content("result") ?? item.result
            }
        case .effectInDoubt: change(body["effect"]?.int, transition) { $0.stage = .doubt }
        case .effectSettled:
            change(body["effect"]?.int, transition) { item in
                let happened = body["happened"]?.bool ?? false
                item.stage = happened ? .confirmed : .intended
                item.status = happened ? "settled" : ""
                item.result = transition.content("result") ?? item.result
                item.settled = EffectItem.Settled(
                    by: body["by"]?.string ?? "",
                    happened: happened,
                    at: transition.at
                )
            }
        case .interruptOpened:
            guard let effect = body["effect"]?.int else { return }
            questions[transition.seq] = effect
            change(effect, transition) { $0.stage = .asks }
        case .interruptClosed:
            guard let effect = body["interrupt"]?.int.flatMap({ questions[$0] }) else { return }
            change(effect, transition) { item in
                let answer = body["answer"]?.string ?? ""
                item.stage = answer == "approved" ? .intended : .refused
                item.status = answer
                item.arguments = transition.content("arguments") ?? item.arguments
            }
        case .nodeLeft:
            for effect in body["activation"]?.int.flatMap({ open.removeValue(forKey: $0) }) ?? [] {
                giveUp(effect, transition)
            }
        case .runCompleted, .runFailed, .runCancelled:
            for effect in open.values.joined() { giveUp(effect, transition) }
            open = [:]
        default: break
        }
    }

    private mutating func giveUp(_ effect: Int, _ transition: Transition) {
        guard let place = places[effect], !items[place].stage.isOver else { return }
        change(effect, transition) { $0.stage = .given }
    }

    private mutating func change(_ effect: Int?, _ transition: Transition, _ body: (inout EffectItem) -> Void)
    {
        guard let effect, let place = places[effect] else { return }
        body(&items[place])
        items[place].since = transition.at
        changed.insert(place)
    }
}

/// Effects that ended while the console looked on, of all runs: the latest ones.
package struct RecentEffects: Sendable {
    /// How many are kept.
    package static let itemsMax = 1_000

    /// The effects, the latest last.
    package private(set) var items: [EffectItem] = []
    /// How many were noted in all.
    package private(set) var noted = 0
    /// How often all were forgotten.
    package private(set) var epoch = 0

    package init() {}

    /// Notes the effect that a transition ended, if it did; the transition has been folded.
    mutating func note(_ transition: Transition, _ run: RunState) {
        let body = transition.body
        let effect: Int? =
            switch transition.kind {
            case .effectFinished: body["retry"] == nil ? body["effect"]?.int : nil
            case .effectSettled: body["happened"]?.bool == true ? body["effect"]?.int : nil
            default: nil
            }
        guard let effect else { return }
        for activation in run.activations {
            guard let request = activation.requests.first(where: { $0.id == effect }) else { continue }
            guard var item = EffectItem(request, in: activation, of: run.id), item.stage.isOver else {
                return
            }
            if transition.kind == .effectSettled {
                let by = body["by"]?.string ?? ""
                item.settled = EffectItem.Settled(by: by, happened: true, at: transition.at)
            }
            noted += 1
            if items.count >= Self.itemsMax * 2 { items.removeFirst(Self.itemsMax) }
            items.append(item)
            return
        }
    }

    /// Forgets all.
    package mutating func forget() {
        let epoch = epoch
        self = RecentEffects()
        self.epoch = epoch + 1
    }
}
