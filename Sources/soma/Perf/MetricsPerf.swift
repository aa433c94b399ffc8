import SomaConsole
import SomaCore
import SomaHTTP
import SomaMetrics

/// What `soma perf ingest --source prometheus` measures: an endpoint that is scraped, kept and asked for a panel, again and
/// again, as the console does each second.
struct MetricsPerf {
    private var series = ScrapedSeries()
    private var samples = 0
    private var bytes = 0
    private var times: [Double] = []

    /// - Parameters:
    ///   - place: An address, or a file.
    ///   - seconds: For how long; a scrape at least.
    static func measure(_ place: String, seconds: Int) async throws -> JSON {
        var perf = MetricsPerf()
        let scrape = try reader(place)
        let (begun, used) = (ContinuousClock.now, ProcessTime.seconds)
        repeat {
            let start = ContinuousClock.now
            let (exposition, bytes) = try await scrape()
            perf.take(exposition, bytes)
            perf.times.append((ContinuousClock.now - start).seconds * 1_000)
        } while ContinuousClock.now - begun < .seconds(seconds)
        return perf.json(seconds: (ContinuousClock.now - begun).seconds, cpu: ProcessTime.seconds - used)
    }

    /// What scrapes an address, or reads a file as if it were scraped.
    private static func reader(_ place: String) throws -> () async throws -> (Exposition, Int) {
        guard place.contains("://") else {
            let content = try InputFile.bytes(place, bytesMax: MetricsTarget.bodyBytes)
            // The end mark is OpenMetrics' alone.
            let isOpen =
                content.suffix(6).elementsEqual("# EOF\n".utf8)
                || content.suffix(5).elementsEqual("# EOF".utf8)
            return {
                do {
                    return (
                        try Exposition.parse(content, as: isOpen ? .openMetrics : .prometheus), content.count
                    )
                } catch let error as MetricsError {
                    throw CommandFailure(.usage, "\(place): \(error)")
                }
            }
        }
        let target = ScrapePlace(try MetricsAddress(place, for: .endpoint))
        let http: HTTPClient
        do throws(HTTPError) {
            http = try HTTPClient(userAgent: "soma/\(SomaVersion.product)")
        } catch {
            throw CommandFailure(.failed, "\(error)")
        }
        let client = MetricsClient(http)
        return {
            do {
                let scrape = try await client.scrape(target.target)
                return (scrape.exposition, scrape.bytes)
            } catch let error as MetricsError {
                throw CommandFailure(.failed, target.words(error))
            }
        }
    }

    private mutating func take(_ exposition: Exposition, _ size: Int) {
        samples += exposition.count
        bytes += size
        // Moments of their own, however quickly they follow each other.
        series.add(exposition, at: Timestamp(microseconds: Int64(times.count + 1) * 1_000_000))
        let names = exposition.families.filter { $0.kind == .counter }.prefix(4).map(\.name)
        let panels = names.map { name in
            let query = ScrapedQuery(
                name + (exposition.format == .openMetrics ? "_total" : ""),
                function: .rate(window: .seconds(30)),
                by: []
            )
            return PanelQuery([PanelQuery.Part(promQL: "", scraped: query)])
        }
        let look = MetricsLook(number: 1, panels: panels, until: nil, length: .seconds(900), points: 200)
        _ = series.answer(look, now: Timestamp(microseconds: Int64(times.count + 1) * 1_000_000))
    }

    private func json(seconds: Double, cpu: Double) -> JSON {
        let sorted = times.sorted()
        func share(_ share: Double) -> Double {
            sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))]
        }
        return [
            "scrapes": JSON(times.count), "events": JSON(samples), "seconds": .double(seconds),
            "events_per_second": .double(Double(samples) / seconds), "bytes": JSON(bytes),
            "series": JSON(series.count), "cpu_seconds": .double(cpu), "p50_ms": .double(share(0.5)),
            "p95_ms": .double(share(0.95)),
        ]
    }
}
