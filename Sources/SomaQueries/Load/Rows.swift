import SomaCore

/// Rows of `transitions`: only what the query reads is made into text, because there may be millions.
struct TransitionRows {
    private let isWanted: [Bool]

    init(_ needs: ViewLoader.Needs) {
        isWanted = ViewSchema.transitions.columns.map { needs.needs("transitions", $0.name) }
    }

    func cells(_ item: Transition) -> [SQLCell] {
        isWanted.enumerated().map { index, isWanted in isWanted ? Self.cell(index, item) : .null }
    }

    private static func cell(_ column: Int, _ item: Transition) -> SQLCell {
        switch column {
        case 0: .text(item.run.rawValue)
        case 1: .int(item.seq)
        case 2: .text(item.at.description)
        case 3: .text(item.kind.name)
        case 4: .name(item.agent)
        case 5: .name(item.node)
        case 6: item.attempt == 0 ? .null : .int(item.attempt)
        case 7: .optional(item.cause)
        case 8: .name(item.tenant)
        case 9: .name(item.trace)
        case 10: .name(item.span)
        case 11: .text(JSON.object(item.body).text())
        default: item.content.isEmpty ? .null : .text(names(item.content))
        }
    }

    private static func names(_ content: [ContentReference]) -> String {
        JSON.object(JSONObject(content.map { ($0.name, JSON.string($0.id.description)) })).text()
    }
}

/// Rows of `costs`.
enum CostRows {
    static func cells(_ charge: Charge, _ tally: RunTally?) -> [SQLCell] {
        [
            .text(charge.run.rawValue), .int(charge.seq), .text(charge.at.description),
            .text(Timestamp.dayText(charge.at.day)), .name(tally?.role), .name(tally?.tenant),
            .name(tally?.conversation), charge.source == .model ? .name(charge.name) : .null,
            charge.source == .tool ? .name(charge.name) : .null, .optional(charge.effect),
            charge.attempt == 0 ? .null : .int(charge.attempt), .text(charge.provenance.name),
            .int(charge.isLate ? 1 : 0), .optional(charge.input), .optional(charge.output),
            .int(charge.usage.tokens), .int(charge.usage.microdollars), .dollars(charge.usage.microdollars),
        ]
    }
}

/// Rows of `facts`.
enum FactRows {
    static func cells(_ item: Transition) -> [SQLCell] {
        [
            .text(item.run.rawValue), .int(item.seq), .text(item.at.description), .name(item.agent),
            .name(item.node), .name(item.body["name"]?.string),
            item.body["value"].map { .text($0.text()) } ?? .null, .int(max(1, item.body["count"]?.int ?? 1)),
            .name(item.content.first?.id.description),
        ]
    }
}

/// Rows of `interrupts`.
enum InterruptRows {
    static func opened(_ item: Transition, name: String?) -> [SQLCell] {
        [
            .text(item.run.rawValue), .int(item.seq), .name(item.body["question"]?.string ?? "answer"),
            .optional(item.body["effect"]?.int), .name(name), .name(item.agent), .name(item.tenant),
            .name(item.node), .text(item.at.description), .null, .null, .null, .null, .null,
        ]
    }

    static func closed(_ item: Transition, row: Int64, since: Timestamp) -> [SQLCell] {
        let isEdited = item.body["edited"]?.bool == true || item.content("arguments") != nil
        return [
            .int(row), .text(item.at.description), .seconds(item.at, since),
            .name(item.body["answer"]?.string),
            .name(item.body["by"]?.string), .int(isEdited ? 1 : 0),
        ]
    }
}

/// Rows of `children`.
enum ChildRows {
    static func spawned(_ item: Transition) -> [SQLCell] {
        let reserve = item.body["reserve"]?.object.map(Usage.init) ?? .zero
        return [
            .text(item.run.rawValue), .int(item.seq), .name(item.body["child"]?.string),
            .name(item.body["role"]?.string), .text(item.at.description), .null, .null, .null,
            .int(reserve.tokens), .int(reserve.microdollars), .null, .null, .null,
        ]
    }

    static func finished(_ item: Transition, row: Int64, since: Timestamp) -> [SQLCell] {
        let usage = item.body["usage"]?.object.map(Usage.init) ?? .zero
        return [
            .int(row), .text(item.at.description), .seconds(item.at, since),
            .name(item.body["status"]?.string),
            .int(usage.tokens), .int(usage.microdollars), .dollars(usage.microdollars),
        ]
    }
}

/// Rows of `runs`.
enum RunRows {
    static func cells(
        _ run: RunState,
        _ tally: RunTally?,
        _ subtree: Usage?,
        _ words: [ContentID: String]
    ) -> [SQLCell] {
        let isOver = run.status.isTerminal
        let end = isOver ? run.statusSince : run.lastAt
        let own = tally?.own ?? .zero
        let below = subtree ?? own
        let spent = run.budget.spent
        let limits = run.budget.limits
        let models = tally?.models ?? CallCounts()
        let tools = tally?.tools ?? CallCounts()
        var cells: [SQLCell] = [
            .text(run.id.rawValue), .name(run.parent?.rawValue), .int(run.depth), .name(run.role),
            .name(run.tenant), .name(run.subject), .name(tally?.conversation),
            .name(run.origin?.run.rawValue),
            .optional(run.origin?.seq), .name(run.graph), .text(run.status.rawValue), .name(run.statusReason),
            .name(run.waiting?.reason.rawValue), .text(run.startedAt.description),
            isOver ? .text(end.description) : .null, .text(run.lastAt.description),
            .seconds(end, run.startedAt), .real(run.worked(at: run.lastAt).seconds),
        ]
        cells += [
            .int(tally?.transitions ?? 0), .int(models.requested), .int(tools.requested),
            .int(models.failed.addingClamped(tools.failed)), .int(run.counts.questions),
            .int(run.counts.children),
            .int(run.counts.replans), .int(run.counts.recoveries), .int(own.steps), .int(own.tokens),
            .int(own.microdollars), .dollars(own.microdollars), .int(below.tokens), .int(below.microdollars),
            .dollars(below.microdollars), .int(spent.tokens), .int(spent.microdollars), .int(spent.steps),
            .int(run.budget.reserved.microdollars), .optional(limits.tokens), .optional(limits.microdollars),
            .optional(limits.steps), .optional(limits.seconds),
            run.goal.flatMap { words[$0] }.map { .text($0) } ?? .null,
            run.outcome.flatMap { words[$0] }.map { .text($0) } ?? .null,
        ]
        return cells
    }
}

extension SQLCell {
    fileprivate static func dollars(_ microdollars: Int) -> SQLCell {
        .real(Double(microdollars) / 1_000_000)
    }

    fileprivate static func seconds(_ end: Timestamp, _ start: Timestamp) -> SQLCell {
        .real(Double(max(0, end.microseconds &- start.microseconds)) / 1_000_000)
    }
}
