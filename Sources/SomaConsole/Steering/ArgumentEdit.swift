package import SomaCore
package import SomaTerminal

/// Arguments that a person edits in a program of their choice before they approve a call.
package struct ArgumentEdit: Sendable, Hashable {
    /// The run.
    package var run: RunID
    /// The question that the answer binds to.
    package var question: Int
    /// The tool.
    package var name: String
    /// What was asked for, laid out for people.
    package var original: String
    /// The text that the editor begins with: the original, or what was written before.
    package var text: String
}

/// Opens arguments in a program of the person's choice; what the shell around the console knows of processes.
package protocol ArgumentEditor: Sendable {
    /// Hands the screen's terminal to the editor and tells what came of it; returns at once.
    func edit(
        _ edit: ArgumentEdit,
        on screen: any TerminalScreen,
        ended: @escaping @Sendable (EditOutcome) -> Void
    )
}

/// What came of an editor.
package enum EditOutcome: Sendable, Hashable {
    /// The file as it was left.
    case written(String)
    /// The editor could not be used; the reason says what to do.
    case failed(String)
}

extension AppState {
    /// Opens the arguments of a call in the person's editor, or in a line at the bottom where there is none.
    mutating func edit(_ need: Need) -> [AppEffect] {
        guard case .approval(let question) = need.id.matter else { return [] }
        let run = need.id.run
        guard let words = need.arguments.flatMap({ words[$0] }), let text = words.text else {
            notice = Notice("The arguments have not arrived yet.", .bad)
            return []
        }
        if case .text(_, isCut: true) = words {
            notice = Notice(
                "The arguments are too long for the console: soma approve \(run.short)/\(question) --args FILE",
                .bad
            )
            return []
        }
        guard hasEditor else {
            guard text.count <= Prompt.editedMax, !text.contains(where: \.isNewline) else {
                notice = Notice("The arguments don't fit into a line: set EDITOR to edit them.", .bad)
                return []
            }
            prompt = Prompt(.edit(run, question: question), text: text)
            return []
        }
        guard editing == nil else { return [] }
        editing = need.id
        let shown = (try? JSON.parse(text))?.text(.pretty) ?? text
        return [
            .edit(
                ArgumentEdit(
                    run: run,
                    question: question,
                    name: need.name,
                    original: shown,
                    text: shown + "\n"
                )
            )
        ]
    }

    /// Takes what the editor left: wrong JSON goes back there, right JSON is approved once the person says so.
    mutating func take(_ outcome: EditOutcome, of edit: ArgumentEdit) {
        editing = nil
        let id = Need.ID(edit.run, .approval(question: edit.question))
        guard inbox[id] != nil else {
            notice = closedNotice(id)
            return
        }
        let text: String
        switch outcome {
        case .failed(let reason):
            notice = Notice("\(edit.run.short) not approved: \(reason)", .bad)
            return
        case .written(let written): text = written
        }
        var again = edit
        again.text = text
        let json: JSON
        do throws(JSONError) {
            json = try JSON.parse(text)
        } catch {
            confirmation = Confirmation(
                title: "These are no JSON arguments",
                lines: [
                    "Line \(error.line), column \(error.column): \(error.message)", place(error, in: text),
                ],
                choices: [
                    .init(key: "e", title: "edit again", effects: [.edit(again)]),
                    .init(key: "c", title: "leave it"),
                ]
            )
            return
        }
        guard json != (try? JSON.parse(edit.original)) else {
            notice = Notice(
                "\(edit.run.short): the arguments are as they were; nothing was sent. a approves them."
            )
            return
        }
        confirmation = Confirmation(
            title: "Approve \(edit.name.firstLine) with these arguments?",
            lines: Self.changes(from: edit.original, to: json.text(.pretty)),
            choices: [
                .init(
                    key: "y",
                    title: "approve",
                    commands: [.init(edit.run, .approve(question: edit.question, arguments: json.text()))]
                ),
                .init(key: "e", title: "edit again", effects: [.edit(again)]),
                .init(key: "c", title: "leave it"),
            ]
        )
    }

    /// The line of the mistake, from a little before it.
    private func place(_ error: JSONError, in text: String) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.indices.contains(error.line - 1) else { return "" }
        let line = lines[error.line - 1].utf8
        let start = max(0, min(error.column - 1, line.count) - 20)
        return String(decoding: line.dropFirst(start).prefix(60), as: UTF8.self)
    }

    /// How many changed lines a dialog shows.
    private static let changesMax = 12

    /// The lines that differ, those that are gone with `-` before them, the new ones with `+`.
    static func changes(from old: String, to new: String) -> [String] {
        let old = old.split(separator: "\n")
        let new = new.split(separator: "\n")
        let head = zip(old, new).prefix { $0 == $1 }.count
        let tail = zip(old.dropFirst(head).reversed(), new.dropFirst(head).reversed()).prefix { $0 == $1 }
            .count
        let gone = old[head..<(old.count - tail)].map { "- \($0)" }
        let added = new[head..<(new.count - tail)].map { "+ \($0)" }
        let lines = gone + added
        guard lines.count > changesMax else { return lines }
        return lines.prefix(changesMax) + ["and \(lines.count - changesMax) more lines"]
    }
}
