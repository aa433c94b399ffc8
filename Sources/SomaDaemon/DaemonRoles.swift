import Crypto
import SomaAgents
import SomaCore
import SomaEngine
import SomaGateway
import Synchronization

/// The roles of today, for new runs and for whoever asks; replaced as a whole on reload.
final class DaemonRoles: RolesSource {
    private let current: Mutex<RoleCatalog>

    init(_ catalog: RoleCatalog) { current = Mutex(catalog) }

    var catalog: RoleCatalog {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }

    /// SHA-256 of a prompt, in hexadecimal.
    private static func digest(_ text: String) -> String {
        SHA256.hash(data: Array(text.utf8)).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count < 2 ? "0" + digits : digits
        }.joined()
    }

    func roles() async -> [RoleDocument] {
        let catalog = catalog
        return catalog.entries.map { entry in
            let role = entry.role
            return RoleDocument(
                name: role.name,
                summary: role.summary,
                promptDigest: DaemonRoles.digest(entry.prompt),
                tools: catalog.tools(of: role).map { tool in
                    RoleDocument.Tool(
                        name: tool.name,
                        summary: tool.summary,
                        effect: tool.effect.rawValue,
                        needsApproval: role.approvals[tool.name] != nil
                    )
                },
                limits: role.limits,
                runbooks: entry.runbooks.map { book in
                    RoleDocument.Runbook(
                        name: book.runbook.name,
                        summary: book.runbook.summary,
                        parameters: book.runbook.parameters.map(\.name)
                    )
                }
            )
        }
    }
}
