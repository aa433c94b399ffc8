import ArgumentParser
import Glibc
import SomaAgents
import SomaClient
import SomaCore
import SomaEngine
import SomaPostgres
import SomaSQLite
import SomaSettings
import SomaTerminal

/// `soma doctor`: is everything in order?
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check configuration, roles, sandbox, daemon and store.",
        discussion: """
            Ends with 1 when something is wrong. The integrity of the store is checked by
            reading all of it.

            Examples:
              soma doctor
              soma doctor --json | jq '.[] | select(.verdict != "good")'
            """
    )

    @OptionGroup(title: "Common options") var global: GlobalOptions

    func run() async throws {
        let findings = await findings()
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
            let style = global.style
            for finding in findings { Out.line(finding.line(style)) }
        }
        if findings.contains(where: { $0.verdict == .bad }) { throw ExitCode(1) }
    }

    /// Everything that can be looked at; what fails keeps nothing else from being looked at.
    private func findings() async -> [Finding] {
        let settings: Settings
        do {
            settings = try global.settings()
        } catch {
            return [Finding("configuration", .bad, Self.said(error)), terminal()]
        }
        var findings = [configuration(settings), console(), roles(), await sandbox(settings)]
        do {
            let folder = try DataFolder(chosen: settings.dataFolder, environment: Environment.all)
            findings.append(await daemon())
            findings.append(await store(settings, folder))
        } catch {
            findings.append(Finding("data", .bad, Self.said(error)))
        }
        return findings + [terminal()]
    }

    private static func said(_ error: any Error) -> String {
        SafeText.lines((error as? CommandFailure)?.message ?? "\(error)").joined(separator: "; ")
    }

    private func configuration(_ settings: Settings) -> Finding {
        var files: [String] = []
        for case .file(let path, _, _) in settings.entries.map(\.origin) where !files.contains(path) {
            files.append(path)
        }
        let said = files.isEmpty ? "defaults" : SafeText.line(files.joined(separator: ", "))
        guard settings.warnings.isEmpty else {
            return Finding("configuration", .warning, settings.warnings.joined(separator: " "))
        }
        return Finding("configuration", .good, said)
    }

    /// The console's own file, and the themes.
    private func console() -> Finding {
        let check = ConsoleCheck()
        guard let first = check.problems.first else { return Finding("console", .good, check.summary) }
        let more =
            check.problems.count == 1 ? "" : " (and \(check.problems.count - 1) more: soma config check)"
        return Finding("console", .bad, SafeText.line(first) + more)
    }

    private func roles() -> Finding {
        do {
            let catalog = try LocalRoles.catalog(global)
            return Finding("roles", .good, catalog.entries.map(\.role.name).joined(separator: ", "))
        } catch {
            return Finding("roles", .bad, Self.said(error))
        }
    }

    private func sandbox(_ settings: Settings) async -> Finding {
        guard let failure = await SandboxCheck.failure() else {
            return Finding("sandbox", .good, "commands run in it")
        }
        return Finding("sandbox", settings.sandbox == .required ? .bad : .warning, SafeText.line(failure))
    }

    private func daemon() async -> Finding {
        let daemon: Daemon
        do {
            daemon = try await Daemon.attach(global)
        } catch {
            return Finding("daemon", .bad, Self.said(error))
        }
        do throws(ClientError) {
            let status = try await daemon.client.daemon()
            if !status.isReady, let trouble = status.trouble {
                return Finding(
                    "daemon",
                    .bad,
                    SafeText.line("soma \(status.version), pid \(status.pid), not ready: \(trouble)")
                )
            }
            let work = "\(status.runsUnfinished) \(status.runsUnfinished == 1 ? "run" : "runs") at work"
            return Finding("daemon", .good, "soma \(status.version), pid \(status.pid), \(work)")
        } catch {
            // One that is there and doesn't answer is not none.
            guard error.kind != .noDaemon || error.isUnanswered else {
                return Finding("daemon", .good, "none runs; soma starts one when it needs it")
            }
            return Finding("daemon", .bad, SafeText.line(error.description))
        }
    }

    private func store(_ settings: Settings, _ folder: DataFolder) async -> Finding {
        let chosen = settings.store ?? "sqlite:\(folder.storePath)"
        guard chosen.hasPrefix("sqlite:") else {
            return await postgres(chosen)
        }
        let path = String(chosen.dropFirst("sqlite:".count))
        guard access(path, F_OK) == 0 else {
            return Finding("store", .good, "none yet; it is made with the first run")
        }
        do throws(StoreError) {
            let store = try await SQLiteStore.open(readOnly: path)
            let report = try await store.check()
            try await store.close()
            let size = report.statistics
            guard report.problems.isEmpty else {
                return Finding("store", .bad, SafeText.line(report.problems.joined(separator: "; ")))
            }
            return Finding("store", .good, "\(size.runs) runs, \(size.transitions) transitions, whole")
        } catch {
            return Finding("store", .bad, SafeText.line(error.description))
        }
    }

    private func postgres(_ url: String) async -> Finding {
        do throws(StoreError) {
            var options = PostgresStoreOptions()
            options.use = .open
            options.migrates = false
            options.patience = .seconds(5)
            let store = try await PostgresStore.open(url, options: options)
            let report: PostgresReport
            do throws(StoreError) {
                report = try await store.check(isThorough: true)
            } catch {
                await store.close()
                throw error
            }
            await store.close()
            guard report.problems.isEmpty else {
                return Finding("store", .bad, SafeText.line(report.problems.joined(separator: "; ")))
            }
            let size = "\(report.runs) runs, \(report.transitions) transitions, whole"
            guard report.warnings.isEmpty else {
                return Finding(
                    "store",
                    .warning,
                    SafeText.line(([size] + report.warnings).joined(separator: "; "))
                )
            }
            return Finding("store", .good, size)
        } catch {
            return Finding("store", .bad, SafeText.line(error.description))
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
            SafeText.line(
                isUnicode
                    ? "\(term), \(charset)"
                    : "\(term); the locale (\(charset)) is not UTF-8: the console draws in ASCII"
            )
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
