import SomaCore
import SomaTerminal

/// What is known of one need, broken into rows of a width; made anew only where that changed.
package struct ApprovalCard: Sendable {
    /// What the rows were made from.
    private struct Source: Hashable {
        var entry: Inbox.Entry
        var columns: Int
        var words: [WordsState?]
        var run: Int
    }

    /// The exact call, the question's words, or the limits.
    private(set) var arguments: [DocumentLine] = []
    /// Why, at what risk, and what each answer does.
    private(set) var facts: [DocumentLine] = []
    private var source: Source?

    /// How much of a text is laid out, in bytes; the rest is said to be there.
    static let bytesMax = 65_536

    package init() {}

    /// Brings the rows up to date.
    mutating func arrange(_ entry: Inbox.Entry?, _ state: AppState, columns: Int) {
        guard let entry, let run = state.fleet[entry.id.run] else {
            self = ApprovalCard()
            return
        }
        let words = Self.words(of: entry.need, run, state).map { id in id.flatMap { state.words[$0] } }
        var seen = entry
        // Waiting alone changes nothing here.
        seen.rank = Rank(blocked: 0, waitSeconds: 0, pace: 0)
        let new = Source(entry: seen, columns: columns, words: words, run: run.seq)
        guard new != source else { return }
        source = new
        let facts = NeedFacts(entry.need, run, state, cut: Self.cut(entry.need, state))
        // A blank on either side, as it is drawn.
        let columns = max(1, columns - 2)
        arguments = Self.rows(of: entry.need, run, state, columns: columns)
        self.facts = facts.lines.flatMap { $0.rows(columns: columns) }
    }

    /// The words that the card shows.
    static func words(of need: Need, _ run: RunState, _ state: AppState) -> [ContentID?] {
        [need.arguments, state.inbox.questions[need.id], run.plan.words, run.goal]
    }

    /// How many rows there are of the arguments, how many of them are in sight, and how many rows of facts.
    func parts(in rect: Rect) -> (count: Int, arguments: Int, facts: Int) {
        // A line says who asks, and the last one which keys there are. What is approved matters most.
        let room = max(0, rect.rows - 2)
        let some = min(arguments.count, max(1, room / 2))
        let facts = min(facts.count, max(0, room - some))
        let left = room - facts
        return (arguments.count, arguments.count <= left ? arguments.count : max(0, left - 1), facts)
    }

    /// How much there is of arguments that are shown in part.
    private static func cut(_ need: Need, _ state: AppState) -> String? {
        guard let words = need.arguments.flatMap({ state.words[$0] }), let text = words.text else {
            return nil
        }
        if words.isCut { return "more than \(Amounts.bytes(text.utf8.count))" }
        return text.utf8.count > bytesMax ? Amounts.bytes(text.utf8.count) : nil
    }

    private static func rows(of need: Need, _ run: RunState, _ state: AppState, columns: Int)
        -> [DocumentLine]
    {
        if case .budget = need.id.matter { return limits(of: run) }
        guard let id = need.arguments else { return [DocumentLine("without arguments", .dim)] }
        let words = state.words[id]
        guard let text = words?.text else {
            return [DocumentLine(words?.placeholder ?? "loading", .dim, .italic)]
        }
        let shown =
            text.utf8.count > bytesMax ? String(decoding: text.utf8.prefix(bytesMax), as: UTF8.self) : text
        let isCut = shown.utf8.count < text.utf8.count || words?.isCut == true
        var rows: [DocumentLine] = []
        for document in documents(shown, of: need, isCut: isCut) {
            for line in 0..<document.count { rows += document.rows(of: line, columns: columns) }
        }
        return rows
    }

    /// The arguments as fields; a patch among them as the change that it is.
    private static func documents(_ text: String, of need: Need, isCut: Bool) -> [Document] {
        guard case .words = need.id.matter else {
            guard !isCut, let object = (try? JSON.parse(text))?.object else {
                return [Document(text, hint: .fields, isCut: isCut)]
            }
            var rest = JSONObject()
            var long: [Document] = []
            for member in object.members {
                guard let value = member.value.string, value.contains(where: \.isNewline) else {
                    rest[member.key] = member.value
                    continue
                }
                long.append(Document(lines: [DocumentLine("\(member.key.firstLine):", .field)]))
                long.append(Document(value))
            }
            let fields = rest.members.isEmpty ? [] : [Document(JSON.object(rest).text(), hint: .fields)]
            return fields + long
        }
        return [Document(text, isCut: isCut)]
    }

    private static func limits(of run: RunState) -> [DocumentLine] {
        let budget = run.budget
        return Budget.Dimension.allCases.compactMap { dimension in
            guard let limit = budget.limits[dimension] else { return nil }
            let name = "\(dimension == .microdollars ? "money" : dimension.rawValue)"
            let padded = name + String(repeating: " ", count: max(0, 9 - name.count))
            let used = budget.used(dimension).map { BudgetText.short($0, dimension) }
            let amount = BudgetText.short(limit, dimension)
            return DocumentLine([
                .init(padded, .field),
                .init(used.map { "\($0) of \(amount) used" } ?? "at most \(amount) at work"),
            ])
        }
    }
}

extension WordsState {
    fileprivate var isCut: Bool {
        if case .text(_, let isCut) = self { return isCut }
        return false
    }
}
