import Glibc
import Logging
import ServiceLifecycle
import SomaAgents
import SomaCore
import SomaEngine
import SomaGateway
import SomaSettings
import SomaTelemetry

/// Takes up the runs of the log, and ends the process when the store has failed.
struct EngineService: Service {
    let engine: Engine
    let readiness: Readiness
    let ending: Ending
    let logger: Logger

    func run() async throws {
        do throws(StoreError) {
            let count = try await engine.recover()
            if count > 0 { logger.info("Took up runs where they were: \(count).") }
        } catch {
            throw DaemonError(error.description)
        }
        readiness.state = .ready
        let failure = await withTaskCancellationOrGracefulShutdownHandler {
            await engine.failedOrDrained()
        } onCancelOrGracefulShutdown: {
            Task { await engine.drain(grace: ending.grace) }
        }
        // The log as the next process will read it is the truth; this one no longer knows it.
        if let failure { throw DaemonError("The store has failed, so nothing more is decided: \(failure)") }
    }
}

/// Serves the gateway.
struct GatewayService: Service {
    let gateway: Gateway
    let readiness: Readiness

    func run() async throws {
        await withTaskCancellationOrGracefulShutdownHandler {
            await gateway.run()
            // A role that nobody asks has no address, and still is to work until it is told to end.
            try? await gracefulShutdown()
        } onCancelOrGracefulShutdown: {
            readiness.state = .stopping
            Task { await gateway.stop(grace: .seconds(2)) }
        }
    }
}

/// Reads roles and the log level anew on SIGHUP. What can't be read leaves everything as it is, and says so.
struct ReloadService: Service {
    let daemon: Daemon
    let engine: Engine?

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in Hangups.stream() {
                do {
                    let fresh = try Daemon(daemon.options, logs: daemon.logs)
                    daemon.roles.catalog = fresh.roles.catalog
                    await engine?.use(fresh.roles.catalog)
                    daemon.logs.level = Logger.Level(rawValue: fresh.settings.logLevel) ?? .info
                    daemon.logger.notice("Read the configuration and the roles anew.")
                } catch {
                    daemon.logger.error("Nothing was reloaded: \(error)")
                }
            }
        }
    }
}

/// Ends a daemon that was spawned for somebody once nothing is unfinished and nobody is attached.
struct LingerService: Service {
    let engine: Engine
    let gateway: Gateway
    let lingering: Lingering
    let limit: Duration

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var idleSince: ContinuousClock.Instant?
            while !Task.isCancelled {
                do { try await Task.sleep(for: max(.milliseconds(100), min(limit, .seconds(1)))) } catch {
                    return
                }
                let isBusy = await engine.hasUnfinishedRuns
                guard gateway.openConnections == 0, !isBusy, lingering.isOn else {
                    idleSince = nil
                    continue
                }
                let since = idleSince ?? ContinuousClock.now
                idleSince = since
                if ContinuousClock.now - since >= limit { return }
            }
        }
    }
}
