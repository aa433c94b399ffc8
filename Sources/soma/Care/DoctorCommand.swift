import ArgumentParser
import Glibc
import SomaAgents
import SomaCore
import SomaEngine
import SomaSQLite
import SomaSettings
import SomaTerminal

/// `soma doctor`: is everything in order?
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check configuration, roles, sandbox, daemon and the store's integrity.",
        discussion: "Ends with 1 when something is wrong.\n\nExample:\n  soma doctor --json"
    )

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        var findings: [Finding] = []
        do {
            let settings = try global.settings()
            findings.append(Finding("configuration", .good, settings.warnings.joined(separator: " ")))
            findings.append(roles())
            findings.append(await sandbox(settings))
            let folder = try DataFolder(chosen: settings.dataFolder, environment: Environment.all)
            findings.append(await daemon(folder))
            findings += await store(folder)
            findings.append(terminal())
        } catch {
            findings.append(Finding("configuration", .bad, "\(error)"))
        }
        if global.json {
            Out.json(
                .array(
                    findings.map {
                        [
                            "check": .string($0.name), "verdict": .string($0.verdict.rawValue),
                            "detail": .string($0.detail),
                        ]
                    }
                )
            )
        } else {
            for finding in findings { Out.line(finding.line(global.style)) }
        }
        if findings.contains(where: { $0.verdict == .bad }) { throw ExitCode(1) }
    }

    private func roles() -> Finding {
        do {
            let catalog = try LocalRoles.catalog(global)
            return Finding("roles", .good, catalog.entries.map(\.role.name).joined(separator: ", "))
        } catch {
            return Finding("roles", .bad, "\(error)")
        }
    }

    private func sandbox(_ settings: Settings) async -> Finding {
        guard let failure = await SandboxCheck.failure() else {
            return Finding("sandbox", .good, "commands run in it")
        }
        return Finding("sandbox", settings.sandbox == .required ? .bad : .warning, SafeText.line(failure))
    }

    private func daemon(_ folder: DataFolder) async -> Finding {
        guard let daemon = try? await Daemon.attach(global), let status = try? await daemon.status() else {
            return Finding("daemon", .good, "none runs; soma starts one when it needs it")
        }
        return Finding(
            "daemon",
            .good,
            "soma \(status.version), pid \(status.pid), \(status.runsUnfinished) runs at work"
        )
    }

    private func store(_ folder: DataFolder) async -> [Finding] {
        guard access(folder.storePath, F_OK) == 0 else {
            return [Finding("store", .good, "none yet: \(folder.storePath) is made with the first run")]
        }
        do throws(StoreError) {
            let store = try await SQLiteStore.open(readOnly: folder.storePath)
            let report = try await store.check()
            try await store.close()
            let size = report.statistics
            guard report.problems.isEmpty else {
                return report.problems.map { Finding("store", .bad, SafeText.line($0)) }
            }
            return [Finding("store", .good, "\(size.runs) runs, \(size.transitions) transitions, whole")]
        } catch {
            return [Finding("store", .bad, error.description)]
        }
    }

    private func terminal() -> Finding {
        let term = Environment.all["TERM"] ?? "not set"
        let charset =
            Environment.all["LC_ALL"] ?? Environment.all["LC_CTYPE"] ?? Environment.all["LANG"] ?? "not set"
        let isUnicode = charset.uppercased().contains("UTF-8") || charset.uppercased().contains("UTF8")
        return Finding(
            "terminal",
            isUnicode ? .good : .warning,
            isUnicode
                ? "\(term), \(charset)"
                : "\(term); the locale (\(charset)) is not UTF-8: the console draws in ASCII"
        )
    }

    /// One thing that was looked at.
    struct Finding {
        enum Verdict: String { case good, warning, bad }

        let name: String
        let verdict: Verdict
        let detail: String

        init(_ name: String, _ verdict: Verdict, _ detail: String) {
            self.name = name
            self.verdict = verdict
            self.detail = detail
        }

        func line(_ style: OutputStyle) -> String {
            let (sign, tint): (String, OutputStyle.Tint) =
                switch verdict {
                case .good: ("✓", .good)
                case .warning: ("!", .attention)
                case .bad: ("✗", .bad)
                }
            let blank = String(repeating: " ", count: max(1, 15 - name.count))
            return
                "\(style.paint(sign, tint)) \(name)\(blank)\(style.paint(detail, verdict == .good ? .dim : nil))"
        }
    }
}
