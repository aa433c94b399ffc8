import ArgumentParser
import FoundationEssentials
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

    @Test("every command is in the reference with its options", arguments: CommandName.all)
    func commands(name: CommandName) throws {
        let reference = try Project.text("docs/reference/cli.md")
        #expect(reference.contains(name.text), "\(name.text) is missing")
        let help = Soma.helpMessage(for: name.type, columns: 200)
        for match in help.matches(of: /--[a-z][a-z-]+/) {
            let option = String(match.output)
            guard !["--help", "--version"].contains(option) else { continue }
            #expect(reference.contains(option), "\(name.text) \(option) is missing")
        }
    }

    @Test("every setting is in the reference", arguments: SettingsSchema.definitions.map(\.key))
    func settings(key: String) throws {
        #expect(try Project.text("docs/reference/configuration.md").contains("| `\(key)`"))
    }

    @Test("every metric is in the reference", arguments: SomaMetrics.all.map(\.name))
    func metrics(name: String) throws {
        #expect(try Project.text("docs/reference/metrics.md").contains("| `\(name)` |"))
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
