import Glibc
import SomaSettings

/// Reads the folder of roles: `<role>/config.yaml`, `<role>/prompts/agent.system.main.md`, `<role>/runbooks/*.yaml`.
///
/// Blocks on the disk: it is read at the start and on reload, before anything depends on it.
struct RoleFolder {
    let path: String
    let tools: [ToolSpecification]
    static let fileBytesMax = 1 << 20

    /// Every role in the folder, by name.
    ///
    /// - Throws: `RoleError` with every problem of every file.
    func read() throws(RoleError) -> [RoleEntry] {
        var problems: [String] = []
        var entries: [RoleEntry] = []
        guard let names = Self.list(path) else {
            throw RoleError([
                "\(path): expected a folder of roles that can be read, found none. Set agents_dir."
            ])
        }
        for name in names.sorted() where Self.list("\(path)/\(name)") != nil {
            guard let config = try? Self.text("\(path)/\(name)/config.yaml") else { continue }
            guard let entry = self.entry(name, config, &problems) else { continue }
            entries.append(entry)
        }
        let roles = Set(entries.map(\.role.name))
        for entry in entries {
            for other in entry.role.delegates where !roles.contains(other) && problems.isEmpty {
                let near =
                    NearestName.find(other, among: roles.sorted()).map { "; did you mean \($0)?" } ?? ""
                problems.append(
                    "\(path)/\(entry.role.name)/config.yaml: delegation.to: there is no role \"\(other)\"\(near)"
                )
            }
        }
        if problems.isEmpty { problems += delegations(entries) }
        if entries.isEmpty, problems.isEmpty {
            problems.append(
                "\(path): expected at least one folder with a config.yaml, found none. Set agents_dir."
            )
        }
        guard problems.isEmpty else { throw RoleError(problems) }
        return entries
    }

    private func entry(_ name: String, _ config: String, _ problems: inout [String]) -> RoleEntry? {
        let file = "\(path)/\(name)/config.yaml"
        do throws(SettingsError) {
            let role = try RoleReader(tools: tools).read(config, file: file, name: name)
            let promptFile = "\(path)/\(name)/prompts/agent.system.main.md"
            guard let prompt = try? Self.text(promptFile) else {
                problems.append(
                    "\(promptFile): expected the role's prompt, found no text file that can be read"
                )
                return nil
            }
            return RoleEntry(
                role: role,
                configText: config,
                prompt: prompt,
                runbooks: runbooks(of: role, &problems)
            )
        } catch {
            problems.append(error.description)
            return nil
        }
    }

    private func runbooks(of role: Role, _ problems: inout [String]) -> [RunbookEntry] {
        let folder = "\(path)/\(role.name)/runbooks"
        var entries: [RunbookEntry] = []
        let reader = RunbookReader(role: role, tools: tools)
        for name in (Self.list(folder) ?? []).sorted() where name.hasSuffix(".yaml") && !name.hasPrefix(".") {
            let file = "\(folder)/\(name)"
            guard let text = try? Self.text(file) else {
                problems.append("\(file): expected a runbook, found no text file that can be read")
                continue
            }
            do throws(SettingsError) {
                let runbook = try reader.read(text, file: file)
                if let other = entries.first(where: { $0.runbook.name == runbook.name }) {
                    problems.append("\(file): the runbook \"\(runbook.name)\" is in \(other.file) already")
                }
                entries.append(RunbookEntry(runbook: runbook, text: text, file: file))
            } catch {
                problems.append(error.description)
            }
        }
        return entries
    }

    /// Delegations to runbooks that the other role doesn't have.
    private func delegations(_ entries: [RoleEntry]) -> [String] {
        var problems: [String] = []
        for entry in entries {
            for book in entry.runbooks {
                for step in book.runbook.steps {
                    let works = [step.work].compactMap { $0 } + (step.alternatives ?? []).map(\.work)
                    for delegate in works.compactMap(\.delegate) {
                        guard let wanted = delegate.runbook,
                            let other = entries.first(where: { $0.role.name == delegate.role })
                        else {
                            continue
                        }
                        let names = other.runbooks.map(\.runbook.name)
                        guard !names.contains(wanted) else { continue }
                        let near =
                            NearestName.find(wanted, among: names).map { "; did you mean \($0)?" } ?? ""
                        problems.append(
                            "\(book.file): step \(step.id): \(delegate.role) has no runbook \"\(wanted)\"\(near)"
                        )
                    }
                }
            }
        }
        return problems
    }

    /// The names in a folder; `nil` where it is none or can't be read.
    static func list(_ path: String) -> [String]? {
        guard let folder = opendir(path) else { return nil }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != "..", names.count < 10_000 { names.append(name) }
        }
        return names
    }

    /// A file's text.
    static func text(_ path: String) throws(RoleError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw RoleError(["\(path): can't be opened"]) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count <= fileBytesMax {
            let count = buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            guard count >= 0 else { throw RoleError(["\(path): can't be read"]) }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        guard bytes.count <= fileBytesMax else {
            throw RoleError(["\(path): expected at most \(fileBytesMax) bytes"])
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw RoleError(["\(path): expected UTF-8 text"])
        }
        return text
    }
}
