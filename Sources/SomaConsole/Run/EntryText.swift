import SomaCore
import SomaTerminal

/// What an entry's line says, in words.
enum EntryText {
    /// The whole line without styles: to copy, to search, to read out.
    static func line(_ entry: TimelineEntry, _ words: WordsCache) -> String {
        var texts = [entry.label.firstLine]
        for part in entry.parts + entry.note {
            let text = text(part, words)
            if !text.isEmpty { texts.append(text) }
        }
        return texts.joined(separator: " ")
    }

    /// What a part says; empty where its words aren't at hand.
    static func text(_ part: TimelinePart, _ words: WordsCache) -> String {
        switch part {
        case .text(let text, _), .dim(let text): text.firstLine
        case .arrow: "to"
        case .words(let id): id.flatMap { words[$0]?.text }?.firstLine ?? ""
        case .report(let id):
            words[id]?.text.map { text in
                String(text.prefix(TextLimits.lineCharactersMax).drop { $0 == "#" || $0.isWhitespace })
                    .firstLine
            } ?? ""
        case .arguments(let id): words[id]?.text.map { ArgumentLine.text($0) } ?? ""
        case .reason(let id): words[id]?.text.map { reason($0) } ?? ""
        case .evidence(let id): words[id]?.text.map(Evidence.line) ?? ""
        case .edits(let from, let to): edits(from, to, words) ?? ""
        }
    }

    /// The reason in the words of a question.
    static func reason(_ text: String) -> String {
        (try? JSON.parse(text))?["reason"]?.string?.firstLine ?? text.firstLine
    }

    /// What a person changed, in a few words.
    static func edits(_ from: ContentID?, _ to: ContentID, _ words: WordsCache) -> String? {
        guard let after = words[to]?.text else { return nil }
        guard let before = from.flatMap({ words[$0]?.text }) else {
            return "(edited: \(ArgumentLine.text(after)))"
        }
        let summary = ArgumentEdits(from: before, to: after).summary
        return summary.isEmpty ? "(edited, the same)" : "(edited: \(summary.firstLine))"
    }
}
