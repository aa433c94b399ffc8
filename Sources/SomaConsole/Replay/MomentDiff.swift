package import SomaCore
import SomaTerminal

/// What is different between two moments of a run, or of all.
package struct MomentDiff: Sendable, Hashable {
    /// What changed, the most telling first: `needs you`, `Plan to Execute`, `step 2 to 3`.
    package var changes: [String] = []

    /// Compares a run with itself.
    /// - Parameters:
    ///   - from: How it was; `nil` where it wasn't there yet.
    ///   - to: How it is.
    ///   - arrow: What stands between two values.
    package init(_ from: RunState?, _ to: RunState?, arrow: String) {
        guard from != to else { return }
        guard let to else {
            changes = ["not there yet"]
            return
        }
        let old = from ?? RunState(id: to.id)
        func change(_ name: String, _ before: String, _ after: String) {
            guard before != after else { return }
            let gap = name.isEmpty ? "" : name + " "
            changes.append(before.isEmpty ? gap + after : "\(gap)\(before) \(arrow) \(after)")
        }
        func more(_ before: Int, _ after: Int, _ text: (Int) -> String) {
            guard before != after else { return }
            changes.append((after > before ? "+" : "-") + text(abs(after - before)))
        }
        change("", from == nil ? "" : RunStanding(old).word, RunStanding(to).word)
        change("", Self.nodes(old), Self.nodes(to))
        change("step", Self.step(old), Self.step(to))
        change("plan", old.plan.revision == 0 ? "" : "\(old.plan.revision)", "\(to.plan.revision)")
        more(old.seq, to.seq) { $0 == 1 ? "1 transition" : "\(Amounts.grouped($0)) transitions" }
        more(old.budget.spent.tokens, to.budget.spent.tokens) { "\(Amounts.short($0)) tokens" }
        more(old.budget.spent.microdollars, to.budget.spent.microdollars) { Amounts.money($0) }
        more(old.counts.facts, to.counts.facts) { $0 == 1 ? "1 fact" : "\($0) facts" }
        more(old.counts.effectsFailed, to.counts.effectsFailed) { $0 == 1 ? "1 failure" : "\($0) failures" }
        more(old.counts.rejected, to.counts.rejected) { $0 == 1 ? "1 rejection" : "\($0) rejections" }
        more(old.counts.children, to.counts.children) { $0 == 1 ? "1 child" : "\($0) children" }
    }

    /// Compares all runs with themselves, in numbers.
    package init(_ from: FleetIndex, _ before: Fleet, _ to: FleetIndex, _ after: Fleet, arrow: String) {
        func change(_ name: String, _ before: Int, _ after: Int) {
            guard before != after else { return }
            changes.append("\(name) \(Amounts.grouped(before)) \(arrow) \(Amounts.grouped(after))")
        }
        change("runs", before.runs.count, after.runs.count)
        change("need you", from.needing, to.needing)
        change("at work", from.running, to.running)
        change("failed", from.failed, to.failed)
        change("transitions", before.transitions, after.transitions)
    }

    private static func nodes(_ run: RunState) -> String {
        run.status.isTerminal ? "end" : run.activations.map(\.node.firstLine).joined(separator: "+")
    }

    private static func step(_ run: RunState) -> String {
        guard !run.plan.steps.isEmpty else { return "" }
        return "\(run.plan.finished)/\(run.plan.steps.count)"
    }

    /// The line below the strip: what changed between the pinned pane's moment and the cursor's.
    static func line(_ state: AppState, _ look: Look) -> StyledLine {
        guard let pinned = state.pinnedInSight, let cursor = state.replay else { return StyledLine([]) }
        let forwards = pinned.place.transition <= cursor.place.transition
        let diff: MomentDiff
        var name = "all runs"
        if let id = state.atOwnMoment().selectedRun ?? state.selectedRun {
            name = id.short
            diff = MomentDiff(pinned.fleet[id], state.fleet[id], arrow: look.arrow)
        } else {
            diff = MomentDiff(pinned.index, pinned.fleet, state.index, state.fleet, arrow: look.arrow)
        }
        let length = cursor.place.at - pinned.place.at
        let span = Amounts.span(abs(length.microseconds))
        func time(_ moment: Timestamp) -> String {
            state.clock.time(moment, within: cursor.overview.length)
        }
        var line = StyledLine([
            .init(
                "\(time(pinned.place.at)) \(look.arrow) \(time(cursor.place.at))",
                look[.accent]
            ),
            .init("  \(span) \(forwards ? "later" : "earlier")  ", look[.dim]), .init(name, look[.code]),
            .init("  "),
        ])
        guard !diff.changes.isEmpty else {
            line.append("nothing changed", look[.dim])
            return line
        }
        for (index, change) in diff.changes.enumerated() {
            if index > 0 { line.append(look.dot, look[.border]) }
            line.append(change)
        }
        return line
    }
}
