import SomaCore
import SomaTerminal

/// A document of an entry, under its heading.
struct EntryPart: Sendable {
    /// What stands over it; empty for nothing.
    var title: String
    /// The document.
    var document: Document
    /// What is said below it, such as that there is more.
    var remark: String?
}

/// Makes documents of what an entry says.
enum EntryParts {
    /// What words are to an entry: it decides how they are shown.
    enum Use: Sendable, Hashable {
        case words(String), report(String), plan, evidence, arguments
    }

    /// The documents of words.
    static func parts(_ text: String, isCut: Bool, as use: Use, run: RunID) -> [EntryPart] {
        var parts: [EntryPart]
        switch use {
        case .words(let title): parts = result(title, text, isCut: isCut)
        case .report(let title): parts = report(title, text, isCut: isCut)
        case .plan: parts = [plan(text, isCut: isCut)]
        case .evidence: parts = evidence(text, isCut: isCut)
        case .arguments: parts = arguments(text, isCut: isCut)
        }
        if isCut, let last = parts.indices.last {
            let kept = Amounts.bytes(WordsCache.textBytesMax)
            parts[last].remark = "cut after \(kept); whole with: soma record --run \(run.short) --out FILE"
        }
        return parts
    }

    /// Something that a call gave back.
    private static func result(_ title: String, _ text: String, isCut: Bool) -> [EntryPart] {
        if text.isEmpty { return [EntryPart(title: title, document: placeholder("empty"))] }
        if !isCut, text.utf8.first == 0x7B, let object = (try? JSON.parse(text))?.object,
            object.members.contains(where: { isLong($0.value) })
        {
            return members(object, title: title)
        }
        return [titled(title, Document(text, isCut: isCut))]
    }

    private static func report(_ title: String, _ text: String, isCut: Bool) -> [EntryPart] {
        let document = Document(text, isCut: isCut)
        guard document.kind == .plain, text.utf8.contains(0x0A) else {
            return result(title, text, isCut: isCut)
        }
        return [titled(title, Document(text, hint: .markdown, isCut: isCut))]
    }

    private static func arguments(_ text: String, isCut: Bool) -> [EntryPart] {
        guard !isCut, let object = (try? JSON.parse(text))?.object else {
            return [EntryPart(title: "", document: Document(text, isCut: isCut))]
        }
        if object.isEmpty { return [EntryPart(title: "", document: placeholder("no arguments"))] }
        return members(object, title: "")
    }

    /// Short members together, texts of several lines each on its own, as what they look like.
    private static func members(_ object: JSONObject, title: String) -> [EntryPart] {
        var parts: [EntryPart] = []
        var short = JSONObject()
        var title = title
        func flush() {
            guard !short.isEmpty else { return }
            parts.append(
                EntryPart(title: title, document: Document(JSON.object(short).text(), hint: .fields))
            )
            short = JSONObject()
            title = ""
        }
        for member in object.members {
            if isLong(member.value), let text = member.value.string {
                flush()
                parts.append(titled(member.key.firstLine, Document(text)))
            } else {
                short[member.key] = member.value
            }
        }
        flush()
        return parts
    }

    private static func isLong(_ value: JSON) -> Bool { value.string?.utf8.contains(0x0A) ?? false }

    /// A document with what its heading says of it.
    private static func titled(_ title: String, _ document: Document) -> EntryPart {
        var title = title
        if let changes = document.changes {
            let files = changes.files == 1 ? "1 file" : "\(changes.files) files"
            title += "  \(files), \(changes.added) added, \(changes.removed) removed"
        } else if document.size > 4_096 {
            title += "  \(Amounts.bytes(document.size))"
        }
        return EntryPart(title: title, document: document)
    }

    private static func plan(_ text: String, isCut: Bool) -> EntryPart {
        let steps = PlanWords.steps(text)
        guard !steps.isEmpty else { return EntryPart(title: "", document: Document(text, isCut: isCut)) }
        let width = "\(steps.count)".count
        let lines = steps.enumerated().map { index, step in
            let number = String(repeating: " ", count: width - "\(index + 1)".count) + "\(index + 1) "
            var spans: [DocumentLine.Span] = [.init(number, .dim), .init(step.title)]
            if !step.criterion.isEmpty { spans.append(.init("  \(step.criterion)", .dim)) }
            return DocumentLine(spans, hang: [.init(String(repeating: " ", count: width + 1))])
        }
        return EntryPart(title: "", document: Document(lines: lines))
    }

    private static func evidence(_ text: String, isCut: Bool) -> [EntryPart] {
        guard let evidence = Evidence(text) else {
            return [EntryPart(title: "", document: Document(text, isCut: isCut))]
        }
        let lines = evidence.checks.map { check in
            var spans: [DocumentLine.Span] = [.init(check.isGood ? "✓ " : "✗ ", check.isGood ? .good : .bad)]
            if !check.what.isEmpty { spans.append(.init(check.what + "  ")) }
            if !check.found.isEmpty {
                spans += [.init("found ", .dim), .init(check.found, check.isGood ? .text : .bad)]
            }
            if !check.expected.isEmpty {
                spans += [
                    .init(check.found.isEmpty ? "expected " : ", expected ", .dim), .init(check.expected),
                ]
            }
            if !check.by.isEmpty { spans.append(.init(", by \(check.by)", .dim)) }
            return DocumentLine(spans, hang: [.init("  ")])
        }
        return [EntryPart(title: "", document: Document(lines: lines))]
    }

    /// What a person made of a call's arguments, member by member.
    static func edits(from before: String, to after: String) -> EntryPart {
        let changes = ArgumentEdits(from: before, to: after)
        return EntryPart(
            title: "arguments, as approved",
            document: Document(changes: changes.lines.joined(separator: "\n"))
        )
    }

    /// Structure, as it is in the log.
    static func structure(_ title: String, _ json: JSON) -> EntryPart {
        EntryPart(title: title, document: Document(json.text(), hint: json.object == nil ? .json : .fields))
    }

    /// Words in place of a document.
    static func placeholder(_ text: String) -> Document {
        Document(lines: [DocumentLine(text, .dim, .italic)])
    }
}

/// What differs between two sets of arguments.
struct ArgumentEdits: Sendable, Hashable {
    /// Lines that begin with `-`, `+` or a space.
    var lines: [String] = []
    /// The new values of what was changed, on one line.
    var summary = ""

    init(from before: String, to after: String) {
        guard let old = (try? JSON.parse(before))?.object, let new = (try? JSON.parse(after))?.object else {
            lines =
                before.split(separator: "\n").map { "-\($0)" } + after.split(separator: "\n").map { "+\($0)" }
            summary = after.firstLine
            return
        }
        var changed: [(name: String, value: String)] = []
        for member in old.members {
            guard let value = new[member.key] else {
                lines += Self.said(member.key, member.value).map { "-" + $0 }
                changed.append((member.key.firstLine, "left out"))
                continue
            }
            if value == member.value {
                lines += Self.said(member.key, value).map { " " + $0 }
            } else {
                lines += Self.changed(Self.said(member.key, member.value), Self.said(member.key, value))
                changed.append((member.key.firstLine, ArgumentLine.value(value)))
            }
        }
        for member in new.members where old[member.key] == nil {
            lines += Self.said(member.key, member.value).map { "+" + $0 }
            changed.append((member.key.firstLine, ArgumentLine.value(member.value)))
        }
        summary =
            old.count == 1 && changed.count == 1
            ? changed[0].value : changed.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
    }

    private static func value(_ json: JSON) -> String { json.string ?? json.text() }

    /// What is the same at the beginning and at the end once, and between them the old before the new.
    private static func changed(_ old: [String], _ new: [String]) -> [String] {
        let front = zip(old, new).prefix { $0 == $1 }.count
        let most = min(old.count, new.count) - front
        let back = zip(old.reversed(), new.reversed()).prefix(most).prefix { $0 == $1 }.count
        return old.prefix(front).map { " " + $0 } + old.dropFirst(front).dropLast(back).map { "-" + $0 }
            + new.dropFirst(front).dropLast(back).map { "+" + $0 } + old.suffix(back).map { " " + $0 }
    }

    private static func said(_ name: String, _ json: JSON) -> [String] {
        let lines = value(json).split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count > 1 else { return ["\(name): \(lines.first ?? "")"] }
        return ["\(name):"] + lines.map { "  \($0)" }
    }
}
