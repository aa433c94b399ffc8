import Glibc
import SomaEngine
import SomaGateway
import SomaSettings

/// Where the daemon is reached, and as what.
extension Daemon {
    static func addresses(
        _ settings: Settings,
        _ folder: DataFolder,
        _ role: DaemonOptions.Role
    ) throws(SettingsError) -> [ListenAddress] {
        guard !settings.listen.isEmpty else {
            // Clients look for a gateway there.
            if !role.hasGateway { return [] }
            try DataFolder.checkSocketPath(folder.socketPath)
            return [.unix(path: folder.socketPath)]
        }
        var addresses: [ListenAddress] = []
        for endpoint in settings.listen {
            switch endpoint {
            case .unix(let path):
                try DataFolder.checkSocketPath(path)
                addresses.append(.unix(path: path))
            case .tcp(let host, let port): addresses.append(.tcp(host: host, port: port))
            }
        }
        return addresses
    }

    /// Opens the addresses.
    func listen(_ gateway: Gateway) async throws(DaemonError) {
        do throws(GatewayError) {
            try await gateway.listen(
                addresses,
                isInsecure: options.isInsecure,
                isCareOnly: !options.role.hasGateway,
                metrics: metricsAddress
            )
        } catch {
            guard let metricsAddress, error.summary.contains("\(metricsAddress):") else {
                throw DaemonError("listen: \(error)")
            }
            throw DaemonError("metrics: \("\(error)".replacing("--listen", with: "--metrics"))")
        }
    }

    /// What is said about the daemon.
    func about(store: String) -> GatewayAbout {
        GatewayAbout(
            pid: Int(getpid()),
            startedAt: SystemWallClock().now,
            store: store,
            dataFolder: folder.path,
            person: Process.userName
        )
    }
}
