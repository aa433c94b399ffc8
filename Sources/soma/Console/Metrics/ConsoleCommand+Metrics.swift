import SomaClient
import SomaConsole
import SomaHTTP
import SomaMetrics
import SomaSettings

extension ConsoleCommand {
    /// Refuses what can't be asked, before anything is started.
    static func checkMetrics(endpoint: String?, server: String?) throws {
        guard endpoint == nil || server == nil else {
            throw CommandFailure(
                .usage,
                "--metrics names an endpoint to scrape, and --prometheus a server to ask: one is enough."
            )
        }
        if let endpoint { _ = try MetricsAddress(endpoint, for: .endpoint) }
        if let server { _ = try MetricsAddress(server, for: .server) }
    }

    /// Where the metrics come from: an endpoint or a Prometheus that is named, or else the daemon itself.
    /// - Parameter daemon: The one that the console is attached to; `nil` for a recording, which has none.
    static func metrics(
        endpoint: String?,
        server: String?,
        daemon: DaemonAddress?,
        _ global: GlobalOptions
    ) throws -> (any MetricsSource)? {
        do {
            if let endpoint { return try ScrapeBrowser(MetricsAddress(endpoint, for: .endpoint)) }
            let settings = try global.settings()
            if let named = server ?? settings.prometheusAddress {
                let address = try MetricsAddress(named, for: .server)
                let own = try settings.prometheusAddress.map { try MetricsAddress($0, for: .server).url }
                // Credentials for the server of the settings aren't shown to another one that an option names.
                let isOwn = own == nil || own == address.url
                let target = try isOwn ? target(address, settings) : target(address)
                return try PrometheusBrowser(target, shown: address.shown)
            }
            return try daemon.map { try ScrapeBrowser(daemon: $0) }
        } catch let error as HTTPError {
            throw CommandFailure(.failed, "\(error)")
        }
    }

    private static func target(_ address: MetricsAddress) -> MetricsTarget {
        MetricsTarget(address.url, credentials: address.credentials)
    }

    /// A server with the credentials of the settings.
    private static func target(_ address: MetricsAddress, _ settings: Settings) throws -> MetricsTarget {
        var target = target(address)
        target.certificateAuthorityFile = settings.prometheusAuthorities
        let secrets: (token: Secret?, password: Secret?)
        do throws(SettingsError) {
            secrets = (
                try settings.secret("prometheus.token"), try settings.secret("prometheus.password")
            )
        } catch {
            throw CommandFailure(.usage, "\(error)")
        }
        switch (secrets.token, settings.prometheusUser, secrets.password) {
        case (nil, nil, nil): break
        case (let token?, nil, nil): target.credentials = token.withExposedValue { .bearer($0) }
        case (nil, let user?, let password?):
            target.credentials = password.withExposedValue { .basic(user: user, password: $0) }
        default:
            throw CommandFailure(
                .usage,
                "prometheus.token is one way to log in, prometheus.user with prometheus.password the other.",
                hint: "Set either the one or the other two."
            )
        }
        return target
    }
}
