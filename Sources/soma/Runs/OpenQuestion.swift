import SomaCore
import SomaTerminal

/// What a run asks a person, with everything that one needs to answer.
enum OpenQuestion {
    /// Lines of arguments that are shown; the rest is counted.
    static let linesMax = 40

    /// The questions of a run that wait for a person.
    static func lines(of run: RunDocument, _ daemon: Daemon, style: OutputStyle) async throws -> [String] {
        var lines: [String] = []
        for wait in run.waits where wait.reason == "person" {
            guard let seq = wait.seq else { continue }
            for try await page in daemon.transitions(of: run.id, after: seq - 1) {
                guard let opened = page.first, opened.seq == seq else { break }
                let words = try await daemon.words(opened.content.map(\.id))
                func said(_ name: String) -> String { opened.content(name).flatMap { words[$0] } ?? "" }
                lines.append("")
                lines.append("  " + style.paint("\(run.id.short)/\(seq) asks", .attention))
                lines += SafeText.lines(summary(said("question"))).map { "  \($0)" }
                lines += arguments(said("arguments")).map { "    \($0)" }
                break
            }
        }
        return lines
    }

    /// A question in words: what a tool would do and why, or the text that a person is to answer.
    static func summary(_ text: String) -> String {
        guard let json = try? JSON.parse(text), let tool = json["tool"]?.string else { return text }
        let risk = json["risk"]?.string ?? ""
        let reason = json["reason"]?.string ?? ""
        let why = [risk, reason].filter { !$0.isEmpty }.joined(separator: " ")
        return why.isEmpty ? tool : "\(tool): \(why)"
    }

    /// The arguments of a call, one a line; texts of several lines as they are.
    static func arguments(_ text: String) -> [String] {
        guard let members = (try? JSON.parse(text))?.object?.members else {
            return text.isEmpty ? [] : SafeText.lines(text)
        }
        var lines: [String] = []
        for member in members {
            let value = member.value.string ?? member.value.text()
            var parts = SafeText.lines(value)
            while parts.count > 1, parts.last?.isEmpty == true { parts.removeLast() }
            guard parts.count > 1 else {
                lines.append("\(SafeText.line(member.key)): \(parts.first ?? "")")
                continue
            }
            lines.append("\(SafeText.line(member.key)):")
            lines += parts.map { "  \($0)" }
        }
        guard lines.count > linesMax else { return lines }
        return lines.prefix(linesMax) + ["… and \(lines.count - linesMax) more lines"]
    }
}
