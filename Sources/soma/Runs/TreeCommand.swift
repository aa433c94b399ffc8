import ArgumentParser
import SomaConsole
import SomaCore
import SomaTerminal

/// `soma tree [RUN]`: who delegated what to whom.
struct TreeCommand: AsyncParsableCommand, PagedCommand {
    static let configuration = CommandConfiguration(
        commandName: "tree",
        abstract: "Show who delegated what to whom.",
        discussion: "Examples:\n  soma tree\n  soma tree 7f3a91 --json"
    )

    @OptionGroup(title: "Common options") var global: GlobalOptions

    @Argument(help: "The run at the root; all roots where none is named.")
    var run: String?

    func run() async throws {
        let daemon = try await Daemon.attach(global)
        let runs = try await daemon.runs(all: true)
        var roots = runs.filter { run in run.parent.map { id in !runs.contains { $0.id == id } } ?? true }
        if let run { roots = [try await daemon.run(run)] }
        let children = Dictionary(grouping: runs.filter { $0.parent != nil }) { $0.parent ?? $0.id }
        if global.json { return Out.json(.array(try roots.map { try RunTree.json($0, children) })) }
        let style = global.style
        for root in roots.sorted(by: { $0.startedAt.timestamp < $1.startedAt.timestamp }) {
            for line in RunTree.lines(root, children, now: Now.timestamp, style: style) {
                Out.line(line)
            }
        }
        if roots.isEmpty { Out.note("No runs yet. Try: soma run \"survey .\"") }
    }
}

/// Trees of runs.
enum RunTree {
    typealias Children = [RunID: [RunDocument]]

    static func json(_ run: RunDocument, _ children: Children) throws -> JSON {
        var object = try JSON(encoding: run).object ?? JSONObject()
        object["tree"] = .array(try (children[run.id] ?? []).map { try json($0, children) })
        object["subtree"] = try JSON(encoding: total(run, children))
        return .object(object)
    }

    /// What a run and all below it have used. A child's use counts in its parent once the child has ended.
    static func total(_ run: RunDocument, _ children: Children) -> Usage {
        (children[run.id] ?? []).filter { !$0.status.isTerminal }
            .reduce(run.budget.spent) { $0 + total($1, children) }
    }

    static func lines(
        _ run: RunDocument,
        _ children: Children,
        now: Timestamp,
        style: OutputStyle,
        prefix: String = "",
        branch: String = ""
    ) -> [String] {
        let standing = run.standing
        let sign = style.paint(String(standing.mark.sign(.unicode)), standing.tint)
        let age = Amounts.time((run.status.isTerminal ? run.lastAt.timestamp : now) - run.startedAt.timestamp)
        let usage = total(run, children)
        let cost = usage.microdollars > 0 ? "  \(Amounts.money(usage.microdollars))" : ""
        var text = SafeText.line("\(run.role)  \(run.summary)")
        if let limit = style.limit {
            let used = SafeText.columns(of: "\(prefix)\(branch)s \(run.id.short)    \(age)\(cost)")
            text = SafeText.clip(text, to: max(10, limit - used), mark: "…")
        }
        var lines = ["\(prefix)\(branch)\(sign) \(run.id.short)  \(text)  \(style.paint(age + cost, .dim))"]
        let below = (children[run.id] ?? []).sorted { $0.startedAt.timestamp < $1.startedAt.timestamp }
        let next = prefix + (branch.isEmpty ? "" : branch == "└─" ? "  " : "│ ")
        for (index, child) in below.enumerated() {
            let branch = index == below.count - 1 ? "└─" : "├─"
            lines += RunTree.lines(child, children, now: now, style: style, prefix: next, branch: branch)
        }
        return lines
    }
}
