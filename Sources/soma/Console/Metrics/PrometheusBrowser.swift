import SomaConsole
import SomaCore
import SomaEngine
import SomaHTTP
import SomaMetrics
import Synchronization

/// Asks a Prometheus server for the console: what the panels in sight show, and its alerts all the time.
///
/// A question as small as any is the server's pulse: by it a server that is away or doesn't go on is told of within five
/// seconds, whatever a panel asks, and one that is back is heard. What is wrong with a panel's own question is told in that
/// panel.
final class PrometheusBrowser: MetricsSource {
    /// The largest answer that is read.
    static let bodyBytesMax = 64 << 20
    /// How many questions are under way at once, of all looks.
    private static let concurrencyMax = 4
    /// How often alerts are asked for, and how often anything is while nothing is in sight.
    private static let alertsInterval = Duration.seconds(5)
    /// How often a look is answered at most and at least.
    private static let refreshMin = Duration.seconds(1)
    private static let refreshMax = Duration.seconds(15)
    /// More of a server's warnings than these are only counted.
    private static let remarksMax = 5
    /// Nobody knows how long a server keeps what it has.
    private static let reach = Duration.seconds(3_660 * 24 * 3_600)

    let origin: MetricsOrigin
    let news: AsyncStream<MetricsNews>
    private let teller: AsyncStream<MetricsNews>.Continuation
    private let client: MetricsClient
    private let target: MetricsTarget
    private let pace: MetricsPace
    private let state = Mutex(State())

    private struct State {
        var pulse: Task<Void, Never>?
        /// What is in sight, and who asks for it.
        var asking: [MetricsLook: Task<Void, Never>] = [:]
        /// Whether the last thing that was heard is that nothing is heard.
        var isLost = false
        var isClosed = false
    }

    /// Begins to ask for alerts.
    /// - Parameters:
    ///   - shown: The address as people may see it.
    ///   - bodyBytesMax: The largest answer that is read.
    /// - Throws: `HTTPError` where there is no HTTP.
    init(
        _ target: MetricsTarget,
        shown: String,
        pace: MetricsPace = MetricsPace(),
        bodyBytesMax: Int = PrometheusBrowser.bodyBytesMax
    ) throws(HTTPError) {
        origin = MetricsOrigin(.server, name: shown, reach: Self.reach)
        (news, teller) = AsyncStream.makeStream()
        client = MetricsClient(try HTTPClient(userAgent: "soma/\(SomaVersion.product)"))
        var target = target
        target.timeout = pace.timeout
        target.bodyBytesMax = bodyBytesMax
        self.target = target
        self.pace = pace
        state.withLock { $0.pulse = Task { await feel() } }
    }

    func send(_ request: MetricsRequest) {
        guard case .looks(let looks) = request else { return }
        state.withLock { state in
            guard !state.isClosed else { return }
            let wasIdle = state.asking.isEmpty
            for (look, task) in state.asking where !looks.contains(look) {
                task.cancel()
                state.asking[look] = nil
            }
            for look in looks where state.asking[look] == nil {
                state.asking[look] = Task { await ask(look) }
            }
            guard wasIdle, !looks.isEmpty else { return }
            // A pulse that may be seconds away is felt now.
            state.pulse?.cancel()
            state.pulse = Task { await feel() }
        }
    }

    func close() {
        let tasks = state.withLock { state in
            state.isClosed = true
            defer { (state.pulse, state.asking) = (nil, [:]) }
            return [state.pulse].compactMap { $0 } + state.asking.values
        }
        for task in tasks { task.cancel() }
        teller.finish()
    }

    // MARK: The pulse

    /// Asks whether the server is there, and for its alerts, until it is closed.
    private func feel() async {
        var failures = 0
        var alertsAt: ContinuousClock.Instant?
        var told: Alerts?
        while !Task.isCancelled {
            let begun = ContinuousClock.now
            do {
                _ = try await client.query(target, "1")
                // Whatever is told says that it is heard again.
                if failures > 0 { (told, alertsAt) = (nil, nil) }
                if alertsAt.map({ begun - $0 >= Self.alertsInterval }) ?? true {
                    alertsAt = begun
                    let alerts = try await alerts()
                    if alerts != told {
                        told = alerts
                        if let list = alerts.list { teller.yield(.alerts(list)) }
                        if let failure = alerts.failure { teller.yield(.alertsFailed(failure)) }
                    }
                }
                failures = 0
                state.withLock { $0.isLost = false }
            } catch let error as MetricsError {
                guard !Task.isCancelled else { return }
                failures += 1
                state.withLock { $0.isLost = true }
                teller.yield(.lost(words(error)))
            } catch {
                // Only a cancellation is left.
                return
            }
            let isInSight = state.withLock { !$0.asking.isEmpty }
            let took = ContinuousClock.now - begun
            let wait = isInSight ? max(pace.interval, took * 9) : Self.alertsInterval
            let pause = failures == 0 ? min(wait, Self.alertsInterval) : pace.pause(after: failures)
            try? await Task.sleep(for: max(.zero, failures == 0 ? pause - took : pause))
        }
    }

    /// What the server said of its alerts.
    private struct Alerts: Sendable, Equatable {
        /// Those that can be read; `nil` where there is no list, as from some that speak Prometheus' language.
        var list: [PrometheusAlert]?
        /// Why there is no list, or not all of it.
        var failure: String?
    }

    /// - Throws: `MetricsError` where there was no answer: then the server is lost, not its alerts.
    private func alerts() async throws -> Alerts {
        do {
            let list = try await client.alerts(target)
            guard let first = list.unread.first else { return Alerts(list: list.alerts) }
            let count = list.unread.count
            let which = count == 1 ? "One alert" : "\(count) alerts"
            return Alerts(list: list.alerts, failure: "\(which) can't be read: \(words(first))")
        } catch let error as MetricsError {
            if error.isTransport { throw error }
            return Alerts(failure: words(error))
        }
    }

    private func words(_ error: MetricsError) -> String { error.words(origin.name) }

    // MARK: Panels

    /// Answers a look again and again.
    private func ask(_ look: MetricsLook) async {
        while !Task.isCancelled {
            let begun = ContinuousClock.now
            let moments = MetricsMoments(look, now: Now.timestamp)
            let share = max(1, Self.concurrencyMax / max(1, state.withLock(\.asking.count)))
            let parts = look.panels.flatMap { panel in panel.parts.map { (part: $0, kind: panel.kind) } }
            let found = await parts.mapped(atOnce: share) { asked in
                await self.lines(asked.part, asked.kind, moments)
            }
            guard !Task.isCancelled else { return }
            // Where an answer didn't come, the next pulse tells whether the server or the question is to blame.
            if found.contains(where: \.isUnreached) { try? await Task.sleep(for: pace.interval * 5 / 4) }
            guard !Task.isCancelled else { return }
            var wait = pace.retry
            let isLost = state.withLock(\.isLost)
            if !isLost {
                teller.yield(.answered(look.number, Self.answer(look, moments, found)))
                let took = ContinuousClock.now - begun
                let step = Duration.milliseconds(moments.step)
                wait = min(Self.refreshMax, max(Self.refreshMin, step, took * 2))
                // What is over doesn't change any more.
                if let until = look.until, Now.timestamp - until > .seconds(60) { wait = Self.refreshMax }
            }
            await rest(wait, since: begun)
        }
    }

    /// Waits, and less long where the server is lost: what is in sight is asked for as soon as it is back.
    private func rest(_ wait: Duration, since begun: ContinuousClock.Instant) async {
        let end = begun + wait
        var wasLost = state.withLock(\.isLost)
        while ContinuousClock.now < end || state.withLock(\.isLost), !Task.isCancelled {
            try? await Task.sleep(for: Self.step(end - ContinuousClock.now))
            let isLost = state.withLock(\.isLost)
            if wasLost, !isLost { return }
            wasLost = isLost
        }
    }

    /// How long to sleep before looking around again, where so much is left of a wait. One that is over goes on for as long as
    /// the server is lost.
    static func step(_ left: Duration) -> Duration {
        let longest = Duration.milliseconds(250)
        return left > .zero ? min(longest, max(.milliseconds(10), left)) : longest
    }

    /// What a part of a panel gave: lines, or why there are none.
    private enum Found: Sendable {
        case lines([MetricsAnswer.Line], leftOut: Int, warnings: [String])
        case failed(String)
        /// There was no whole answer; what that is called if the server is well all the same.
        case unreached(String)

        var isUnreached: Bool {
            if case .unreached = self { true } else { false }
        }
    }

    private func lines(
        _ part: PanelQuery.Part,
        _ kind: PanelSpec.Kind,
        _ moments: MetricsMoments
    ) async -> Found {
        guard !part.promQL.isEmpty else {
            return .failed("Only a scraped endpoint can answer this: name one with --metrics URL.")
        }
        do {
            let answer = try await client.queryRange(
                target,
                part.promQL,
                from: MetricTimestamp(milliseconds: moments.first),
                to: MetricTimestamp(milliseconds: moments.last),
                step: .milliseconds(moments.step)
            )
            guard case .matrix(let series) = answer.value else {
                return .failed("The answer has no values over time.")
            }
            // One after the other: spread over all moments, a wide answer would be many times as large.
            var kept = KeptLines(kind)
            for one in series {
                kept.add(
                    MetricsAnswer.Line(
                        one.labels,
                        moments.values(one.points).known(part.scraped?.function),
                        legend: part.legend,
                        plain: part.promQL
                    )
                )
            }
            kept.close()
            var warnings = answer.warnings + answer.infos
            if series.contains(where: { $0.histograms > 0 }) {
                warnings.append("Native histograms aren't shown.")
            }
            return .lines(kept.lines, leftOut: kept.leftOut, warnings: warnings)
        } catch let error as MetricsError {
            guard error.isTransport else { return .failed(error.words(nil)) }
            let late = "No answer within \(pace.timeout.seconds) s: ask for less, or for a shorter time."
            return .unreached(error.isTimeout ? late : error.words(nil))
        } catch {
            return .unreached("The question was ended.")
        }
    }

    /// The answer to a look.
    private static func answer(
        _ look: MetricsLook,
        _ moments: MetricsMoments,
        _ found: [Found]
    ) -> MetricsAnswer {
        var rest = found[...]
        var warnings: [String] = []
        var leftOut = 0
        var panels: [MetricsAnswer.Panel] = []
        for panel in look.panels {
            var kept = KeptLines(panel.kind)
            var failure: String?
            for part in rest.prefix(panel.parts.count) {
                switch part {
                case .lines(let more, let others, let said):
                    for line in more { kept.add(line) }
                    kept.leaveOut(others)
                    for warning in said where !warnings.contains(warning) { warnings.append(warning) }
                case .failed(let reason), .unreached(let reason): failure = failure ?? reason
                }
            }
            rest = rest.dropFirst(panel.parts.count)
            kept.close()
            leftOut += kept.leftOut
            panels.append(failure.map { .failed($0) } ?? .lines(kept.lines))
        }
        var remarks = warnings.prefix(remarksMax).map { SafeQuote.harmless($0, max: 300) }
        if warnings.count > remarksMax { remarks.append("\(warnings.count - remarksMax) more warnings.") }
        if let remark = MetricsAnswer.Line.remark(leftOut: leftOut) { remarks.append(remark) }
        return moments.answer(panels, heardAt: Now.timestamp, remarks: remarks)
    }
}
