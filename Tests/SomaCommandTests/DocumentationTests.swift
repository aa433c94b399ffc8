import ArgumentParser
import FoundationEssentials
import SomaClient
import SomaSettings
import SomaTelemetry
import Testing

@testable import soma

@Suite("Documentation")
struct DocumentationTests {
    @Test("links lead to files and headings that exist", arguments: try Project.documents())
    func links(document: String) throws {
        let folder = document.split(separator: "/").dropLast().joined(separator: "/")
        for target in Markdown.links(in: try Project.text(document)) {
            let parts = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
            let path = parts[0].isEmpty ? document : Project.normal("\(folder)/\(parts[0])")
            #expect(Project.exists(path), "\(document) leads to \(target)")
            guard parts.count == 2, path.hasSuffix(".md"), Project.exists(path) else { continue }
            let headings = Markdown.headings(in: try Project.text(path))
            #expect(headings.contains(String(parts[1])), "\(document) leads to \(target)")
        }
    }

    @Test("every command is in the reference, with its own options beside it", arguments: CommandName.all)
    func commands(name: CommandName) throws {
        let reference = try Project.text("docs/reference/cli.md")
        let sections = Markdown.sections(of: reference).filter { $0.contains("\(name.text)") }
        #expect(!sections.isEmpty, "\(name.text) is missing")
        for option in name.options.subtracting(CommandName.shared) {
            #expect(sections.contains { $0.contains(option) }, "\(name.text) \(option) is missing")
        }
    }

    @Test("the reference and the README name no command and no option that isn't there")
    func noOthers() throws {
        let own = CommandName.all.reduce(into: Set<String>()) { $0.formUnion($1.options) }
        let somad = try Project.text("Sources/somad/Somad.swift")
        let names = Set(CommandName.all.map(\.text))
        for document in ["docs/reference/cli.md", "docs/reference/configuration.md", "README.md"] {
            let text = try Project.text(document)
            for match in text.matches(of: /(?:^|[\s`(|])(--[a-z][a-z-]+)/) {
                let option = String(match.output.1)
                let name = option.dropFirst(2).split(separator: "-").enumerated().map { index, part in
                    index == 0 ? String(part) : part.prefix(1).uppercased() + part.dropFirst()
                }.joined()
                let isKnown =
                    own.contains(option) || somad.contains("var \(name)") || somad.contains("\"\(name)\"")
                #expect(isKnown, "\(document) names \(option)")
            }
            for match in text.matches(of: /(?m)(?:^|[`$(] ?)soma ([a-z][a-z-]*)(?: ([a-z]+))?/) {
                let word = String(match.output.1)
                #expect(names.contains("soma \(word)") || word == "help", "\(document) names soma \(word)")
            }
        }
    }

    @Test("every setting is in the reference as it is in the table", arguments: SettingsSchema.definitions)
    func settings(row: SettingDefinition) throws {
        let lines = try Project.text("docs/reference/configuration.md").split(separator: "\n")
        let line = try #require(lines.first { $0.hasPrefix("| `\(row.key)`") }, "\(row.key) is missing")
        let cells = line.split(separator: "|").map { $0.trimmed }
        #expect(cells.count == 5)
        #expect(cells[0].hasSuffix("†") == (row.workspaceRefusal != nil), "\(line)")
        let variables = ([row.environmentName] + row.environmentAliases).map { "`\($0)`" }
        #expect(cells[1] == variables.joined(separator: ", "))
        if let fallback = row.defaultText { #expect(cells[3] == "`\(fallback)`") }
        #expect(!cells[4].contains("without effect"))
    }

    @Test("the reference has no setting that isn't there")
    func noOtherSettings() throws {
        let text = try Project.text("docs/reference/configuration.md")
        let keys = text.matches(of: /(?m)^\| `([a-z_.]+)`/).map { String($0.output.1) }
        #expect(keys == SettingsSchema.definitions.map(\.key))
    }

    @Test("the reference has exactly the metrics that are exposed, with their kinds and labels")
    func metrics() async throws {
        let text = try Project.text("docs/reference/metrics.md")
        var rows: [String: (kind: String, labels: Set<String>)] = [:]
        for line in text.split(separator: "\n") where line.hasPrefix("| `") {
            let cells = line.split(separator: "|").map { $0.trimmed }
            let kind = String(cells[1].prefix { $0.isLetter })
            let labels = Set(cells[2].matches(of: /`([a-z]+)`/).map { String($0.output.1) })
            for match in cells[0].matches(of: /`([a-z_]+)`/) {
                rows[String(match.output.1)] = (kind, labels)
            }
        }
        for metric in SomaMetrics.all {
            let row = try #require(rows[metric.name], "\(metric.name) is missing")
            rows[metric.name] = nil
            #expect(row.labels == Set(metric.labels), "\(metric.name)")
            let kind =
                switch metric.kind {
                case .counter: "counter"
                case .gauge: "gauge"
                case .histogram: "histogram"
                }
            #expect(row.kind == kind, "\(metric.name)")
        }
        // What is left is the process's own, and is there as soon as a daemon is.
        let own = Set(rows.keys)
        try await CommandHarness.withDaemon { harness in
            let exposed = try await DaemonClient(.unix(path: harness.socket)).metrics()
            for name in own.sorted() {
                #expect(exposed.contains("\n\(name) ") || exposed.hasPrefix("\(name) "), "\(name)")
            }
            let known = own.union(SomaMetrics.all.map(\.name))
            for match in exposed.matches(of: /TYPE ([a-z_]+)/) {
                #expect(known.contains(String(match.output.1)), "\(match.output.1) is missing")
            }
        }
    }

    @Test("nothing names a place of the machine that it was written on")
    func places() throws {
        // In two parts, so that this file doesn't find itself.
        let roots = ["/" + "work/", "/" + "root/", "/" + "opt/swift/"]
        let before = Set("\"'`(=: \n\t")
        for file in try Project.files(["md", "swift", "yaml", "sh", "h", "c", "py"]) {
            let text = "\n" + (try Project.text(file))
            for root in roots {
                for range in text.ranges(of: root) {
                    let isStart = before.contains(text[text.index(before: range.lowerBound)])
                    #expect(!isStart, "\(file) names \(root)")
                }
            }
        }
    }
}

/// A command as a person types it.
struct CommandName: Sendable, CustomTestStringConvertible {
    let text: String
    let type: any ParsableCommand.Type

    var testDescription: String { text }

    /// Every command and what is below it.
    static let all = below(Soma.self, "soma")

    /// The long options that it takes.
    var options: Set<String> {
        let help = Soma.helpMessage(for: type, columns: 200)
        return Set(help.matches(of: /(?m)^ +(?:-[a-z], )?(--[a-z][a-z-]+)/).map { String($0.output.1) })
    }

    /// The options that are described once for all.
    static let shared: Set<String> = [
        "--help", "--version", "--json", "--no-color", "--data-dir", "--config", "--set", "--daemon",
    ]

    private static func below(_ type: any ParsableCommand.Type, _ name: String) -> [CommandName] {
        type.configuration.subcommands.flatMap { subcommand in
            let full = "\(name) \(subcommand.configuration.commandName ?? "")"
            return [CommandName(text: full, type: subcommand)] + below(subcommand, full)
        }
    }
}

/// What tests need of Markdown.
private enum Markdown {
    /// Where links lead, but for those out of the project.
    static func links(in text: String) -> [String] {
        withoutCode(text).matches(of: /\]\(([^)\s]+)\)/).map { String($0.output.1) }
            .filter { !$0.contains("://") && !$0.hasPrefix("mailto:") }
    }

    /// The text between headings, each with its heading.
    static func sections(of text: String) -> [String] {
        var sections: [String] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("#") || sections.isEmpty { sections.append("") }
            sections[sections.count - 1] += line + "\n"
        }
        return sections
    }

    /// The names by which headings are linked to.
    static func headings(in text: String) -> Set<String> {
        Set(
            withoutCode(text).split(separator: "\n").filter { $0.hasPrefix("#") }.map { line in
                String(
                    line.drop { $0 == "#" || $0 == " " }.lowercased().compactMap { character in
                        if character == " " { return "-" }
                        let isKept = character.isLetter || character.isNumber || "-_".contains(character)
                        return isKept ? character : nil
                    }
                )
            }
        )
    }

    private static func withoutCode(_ text: String) -> String {
        var isCode = false
        return text.split(separator: "\n", omittingEmptySubsequences: false).filter { line in
            if line.hasPrefix("```") { isCode.toggle() }
            return !isCode
        }.joined(separator: "\n")
    }
}

extension Substring {
    /// Without blanks at either end.
    fileprivate var trimmed: String {
        var rest = drop { $0 == " " }
        while rest.last == " " { rest.removeLast() }
        return String(rest)
    }
}

/// The project's own files, by their paths from its root.
private enum Project {
    private static let root = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }
    private static let folders = ["Sources", "Tests", "agents", "docs", "infra", "themes"]

    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: "\(root)/\(path)") }

    static func text(_ path: String) throws -> String {
        let data = try #require(
            FileManager.default.contents(atPath: "\(root)/\(path)"),
            "\(path) can't be read"
        )
        return String(decoding: data, as: UTF8.self)
    }

    static func documents() throws -> [String] {
        try files(["md"]).filter { !$0.contains("/prompts/") }
    }

    /// All files with one of these endings.
    static func files(_ endings: Set<String>) throws -> [String] {
        var files = try FileManager.default.contentsOfDirectory(atPath: root)
        for folder in folders where exists(folder) {
            files += try FileManager.default.subpathsOfDirectory(atPath: "\(root)/\(folder)").map {
                "\(folder)/\($0)"
            }
        }
        return files.filter { endings.contains(String($0.split(separator: ".").last ?? "")) }.sorted()
    }

    /// A path without `.`, `..` and a slash in front.
    static func normal(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return parts.joined(separator: "/")
    }
}
