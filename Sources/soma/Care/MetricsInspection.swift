import SomaCore
import SomaHTTP
import SomaMetrics

/// The readers of metrics behind `soma inspect`.
enum MetricsInspection {
    static func exposition(
        _ bytes: [UInt8],
        _ name: String,
        as format: Exposition.Format
    ) throws -> JSON {
        do throws(MetricsError) {
            return try Exposition.parse(bytes, as: format).json
        } catch {
            throw failure(error, name)
        }
    }

    static func promQL(_ bytes: [UInt8], _ name: String) throws -> JSON {
        do throws(MetricsError) {
            return try PromQLAnswer.parse(bytes).json
        } catch {
            throw failure(error, name)
        }
    }

    /// Scrapes an address as the console does; without a format the answer's own type decides.
    static func scrape(_ url: String, as format: Exposition.Format?) async throws -> JSON {
        do {
            let http = try HTTPClient(userAgent: "soma/\(SomaVersion.product)")
            let scrape = try await MetricsClient(http).scrape(MetricsTarget(url), as: format)
            await http.shutdown()
            return scrape.exposition.json
        } catch let error as MetricsError {
            throw failure(error, url)
        } catch let error as HTTPError {
            throw CommandFailure(.usage, "\(error)")
        }
    }

    private static func failure(_ error: MetricsError, _ name: String) -> CommandFailure {
        // What couldn't be reached says its address itself.
        if error.message.hasPrefix(name) { return CommandFailure(.usage, error.message, hint: error.hint) }
        let place = error.line > 0 ? "\(name):\(error.line):\(error.column): " : "\(name): "
        return CommandFailure(.usage, place + error.message, hint: error.hint)
    }
}

extension InspectCommand.Format {
    /// The format of an exposition, where it is one.
    var exposition: Exposition.Format? {
        switch self {
        case .prometheus: .prometheus
        case .openmetrics: .openMetrics
        default: nil
        }
    }
}
