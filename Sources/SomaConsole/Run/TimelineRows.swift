import SomaCore
import SomaTerminal

/// A line of an entry's details.
package struct DetailLine: Sendable, Hashable {
    /// What kind of line it is, for its colour.
    package enum Kind: Sendable, Hashable { case title, text, added, removed, good, bad, placeholder, more }

    package var text: String
    package var kind: Kind
}

extension TimelineRow {
    /// The most lines that one detail shows.
    static let detailLinesMax = 400

    /// The rows of the timeline in sight.
    static func rows(of state: AppState) -> [TimelineRow] {
        var rows: [TimelineRow] = []
        let view = state.runView
        let entries = view.timeline.entries
        rows.reserveCapacity(entries.count + 64)
        for (index, entry) in entries.enumerated() {
            if let quiet = entry.quiet { rows.append(.idle(quiet.length, waited: quiet.waitedForPerson)) }
            rows.append(.entry(index))
            guard view.unfoldsAll != view.unfolded.contains(entry.id) else { continue }
            for line in details(of: entry, state) { rows.append(.detail(index, line)) }
        }
        return rows
    }

    private static func details(of entry: TimelineEntry, _ state: AppState) -> [DetailLine] {
        var lines: [DetailLine] = []
        for detail in entry.details {
            switch detail {
            case .words(let title, let id):
                lines.append(DetailLine(text: title, kind: .title))
                lines += self.lines(state.words[id])
            case .plan(let id):
                guard let text = state.words[id]?.text else {
                    lines += self.lines(state.words[id])
                    continue
                }
                let steps = PlanWords.steps(text)
                for (index, step) in steps.enumerated() {
                    let criterion = step.criterion.isEmpty ? "" : "  (\(step.criterion))"
                    lines.append(DetailLine(text: "\(index + 1) \(step.title)\(criterion)", kind: .text))
                }
                if steps.isEmpty { lines += cut(text, isCut: false) }
            case .evidence(let id):
                guard let text = state.words[id]?.text, let evidence = Evidence(text) else {
                    lines += self.lines(state.words[id])
                    continue
                }
                lines += evidence.checks.map { DetailLine(text: $0.text, kind: $0.isGood ? .good : .bad) }
            case .arguments(let id):
                guard let text = state.words[id]?.text, let object = (try? JSON.parse(text))?.object else {
                    lines += self.lines(state.words[id])
                    continue
                }
                lines += members(object)
            case .json(let title, let json):
                lines.append(DetailLine(text: title, kind: .title))
                lines += cut(json.text(.pretty), isCut: false)
            case .output(let effect):
                guard let run = state.runView.run, let text = state.output[run, effect] else { continue }
                lines.append(DetailLine(text: "output so far", kind: .title))
                lines += cut(text, isCut: false)
            }
        }
        if lines.isEmpty, !state.runView.unfoldsAll {
            lines.append(DetailLine(text: "nothing more is known", kind: .placeholder))
        }
        return lines
    }

    /// A member a line; a text of several lines below its name, as it is.
    private static func members(_ object: JSONObject) -> [DetailLine] {
        var lines: [DetailLine] = []
        for member in object.members {
            if let text = member.value.string {
                guard text.contains(where: \.isNewline) else {
                    lines.append(DetailLine(text: "\(member.key.firstLine): \(text.firstLine)", kind: .text))
                    continue
                }
                lines.append(DetailLine(text: member.key.firstLine, kind: .title))
                lines += cut(text, isCut: false)
            } else {
                let nested = cut(member.value.text(.pretty), isCut: false)
                lines.append(
                    DetailLine(text: "\(member.key.firstLine): \(nested.first?.text ?? "")", kind: .text)
                )
                lines += nested.dropFirst()
            }
        }
        return lines.isEmpty ? [DetailLine(text: "no arguments", kind: .placeholder)] : lines
    }

    private static func lines(_ words: WordsState?) -> [DetailLine] {
        guard case .text(let text, let isCut) = words else {
            return [DetailLine(text: words?.placeholder ?? "loading", kind: .placeholder)]
        }
        if !isCut, text.utf8.first == 0x7B || text.utf8.first == 0x5B, let json = try? JSON.parse(text) {
            return cut(json.text(.pretty), isCut: false)
        }
        return cut(text, isCut: isCut)
    }

    private static func cut(_ text: String, isCut: Bool) -> [DetailLine] {
        guard !text.isEmpty else { return [DetailLine(text: "empty", kind: .placeholder)] }
        let all = SafeText.lines(text)
        let isDiff = all.prefix(8).contains { $0.hasPrefix("@@ ") || $0.hasPrefix("diff --git") }
        var lines = all.prefix(detailLinesMax).map { line in
            let kind: DetailLine.Kind =
                isDiff && line.hasPrefix("+") ? .added : isDiff && line.hasPrefix("-") ? .removed : .text
            return DetailLine(text: String(line.prefix(TextLimits.lineCharactersMax)), kind: kind)
        }
        if all.count > detailLinesMax {
            let more = Amounts.grouped(all.count - detailLinesMax)
            lines.append(
                DetailLine(text: isCut ? "more than \(more) more lines" : "\(more) more lines", kind: .more)
            )
        }
        return lines
    }
}
