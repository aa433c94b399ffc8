import SomaClient
import SomaConsole
import SomaCore
import SomaEngine
import SomaHTTP
import SomaMetrics
import Synchronization

/// Scrapes an endpoint of metrics for the console, and answers looks from what it keeps.
///
/// It begins with the first look and goes on until it is closed, so that there are no gaps for what wasn't in sight. It
/// scrapes each second, and seldomer where a scrape takes long: a tenth of the time at most is spent on it and on
/// the answers, unless that would leave more than ten seconds between two scrapes. An endpoint that is away or doesn't go on is told of within five seconds and tried again until it is back.
final class ScrapeBrowser: MetricsSource {
    let origin: MetricsOrigin
    let news: AsyncStream<MetricsNews>
    private let teller: AsyncStream<MetricsNews>.Continuation
    private let keeper: ScrapeKeeper
    private let state: Mutex<State>

    private struct State {
        var scraping: Task<Void, Never>?
        var wish: ScrapeWish
        /// Whether it is the daemon's, wherever the console is attached.
        let followsDaemon: Bool
        /// Whether there was a look: from then on it is scraped.
        var hasBegun = false
        /// Whether there is no daemon to scrape, until one is attached.
        var isAway = false
        var isClosed = false

        /// Ends the scraping; what comes next begins with nothing.
        mutating func turn(to place: ScrapePlace) {
            wish.place = place
            wish.turn += 1
            scraping?.cancel()
            scraping = nil
        }
    }

    /// Scrapes the daemon that the console is attached to.
    /// - Throws: `HTTPError` where there is no HTTP.
    convenience init(daemon: DaemonAddress, pace: MetricsPace = MetricsPace()) throws(HTTPError) {
        try self.init(ScrapePlace(daemon: daemon), followsDaemon: true, pace, MetricsTarget.bodyBytes)
    }

    /// Scrapes an address.
    /// - Parameter bodyBytesMax: The largest answer that is read.
    /// - Throws: `HTTPError` where there is no HTTP.
    convenience init(
        _ address: MetricsAddress,
        pace: MetricsPace = MetricsPace(),
        bodyBytesMax: Int = MetricsTarget.bodyBytes
    ) throws(HTTPError) {
        try self.init(ScrapePlace(address), followsDaemon: false, pace, bodyBytesMax)
    }

    private init(
        _ place: ScrapePlace,
        followsDaemon: Bool,
        _ pace: MetricsPace,
        _ bodyBytesMax: Int
    ) throws(HTTPError) {
        origin = MetricsOrigin(.scraped, name: place.name, reach: ScrapedSeries.reach)
        (news, teller) = AsyncStream.makeStream()
        keeper = ScrapeKeeper(
            MetricsClient(try HTTPClient(userAgent: "soma/\(SomaVersion.product)")),
            pace,
            bodyBytesMax: bodyBytesMax,
            teller
        )
        state = Mutex(State(wish: ScrapeWish(place: place), followsDaemon: followsDaemon))
    }

    func send(_ request: MetricsRequest) {
        state.withLock { state in
            guard !state.isClosed else { return }
            switch request {
            case .looks(let looks): state.wish.looks = looks
            case .daemon(let text):
                guard state.followsDaemon, let address = DaemonAddress(text) else { return }
                let place = ScrapePlace(daemon: address)
                guard state.isAway || place.shown != state.wish.place.shown else { return }
                state.isAway = false
                state.turn(to: place)
            case .daemonLeft:
                guard state.followsDaemon else { return }
                state.isAway = true
                state.turn(to: state.wish.place)
            }
            state.wish.number += 1
            let wish = state.wish
            state.hasBegun = state.hasBegun || !wish.looks.isEmpty
            guard state.hasBegun, !state.isAway else { return }
            if state.scraping == nil {
                state.scraping = Task { [keeper] in await keeper.scrape(wish) }
            } else {
                Task { [keeper] in await keeper.take(wish) }
            }
        }
    }

    func close() {
        state.withLock { state in
            state.isClosed = true
            defer { state.scraping = nil }
            return state.scraping
        }?.cancel()
        teller.finish()
    }
}

/// What is to be scraped, and what of it is in sight.
private struct ScrapeWish: Sendable {
    /// Wishes are heard in this order, and one that comes late not at all.
    var number = 0
    var place: ScrapePlace
    /// Counts the places: what was kept of an earlier one is forgotten.
    var turn = 0
    var looks: [MetricsLook] = []
}

/// What was scraped, and who has it scraped and asked.
private actor ScrapeKeeper {
    private let client: MetricsClient
    private let pace: MetricsPace
    private let bodyBytesMax: Int
    private let teller: AsyncStream<MetricsNews>.Continuation
    private var series = ScrapedSeries()
    private var wish: ScrapeWish?
    /// Why the last scrape failed; `nil` where it didn't.
    private var loss: String?

    init(
        _ client: MetricsClient,
        _ pace: MetricsPace,
        bodyBytesMax: Int,
        _ teller: AsyncStream<MetricsNews>.Continuation
    ) {
        self.client = client
        self.pace = pace
        self.bodyBytesMax = bodyBytesMax
        self.teller = teller
    }

    /// Takes a wish, and answers what is new in it at once where there is something.
    func take(_ wish: ScrapeWish) {
        guard wish.number > self.wish?.number ?? 0 else { return }
        if wish.turn != self.wish?.turn {
            series = ScrapedSeries()
            loss = nil
        }
        let known = self.wish?.looks ?? []
        self.wish = wish
        let new = wish.looks.filter { !known.contains($0) }
        guard !new.isEmpty else { return }
        answer(new)
        // The answer is of what was kept, and no sign of life.
        if let loss { teller.yield(.lost(loss)) }
    }

    private func answer(_ looks: [MetricsLook]) {
        guard series.heardAt != nil else { return }
        let now = Now.timestamp
        for look in looks { teller.yield(.answered(look.number, series.answer(look, now: now))) }
    }

    /// Scrapes a place again and again, until another takes its turn or the task is cancelled.
    func scrape(_ first: ScrapeWish) async {
        take(first)
        let place = first.place
        var target = place.target
        target.timeout = pace.timeout
        target.bodyBytesMax = bodyBytesMax
        var failures = 0
        while !Task.isCancelled {
            let (begun, time) = (ContinuousClock.now, Now.timestamp)
            let result: Result<MetricsClient.Scrape, MetricsError>
            do {
                result = .success(try await client.scrape(target))
            } catch let error as MetricsError {
                result = .failure(error)
            } catch {
                // Only a cancellation is left.
                return
            }
            guard wish?.turn == first.turn, !Task.isCancelled else { return }
            switch result {
            case .success(let scrape):
                failures = 0
                loss = nil
                series.add(scrape.exposition, at: time)
            case .failure(let error):
                failures += 1
                series.fail(at: time)
                let words = place.words(error)
                loss = words
                teller.yield(.lost(words))
            }
            if failures == 0 { answer(wish?.looks ?? []) }
            // What it took counts whole: the endpoint's work, and this program's, answers among it.
            let took = ContinuousClock.now - begun
            var wait = pace.pause(after: failures)
            if failures == 0 {
                let interval = min(ScrapedSeries.intervalMax, max(pace.interval, took * 10))
                series.interval = interval
                wait = max(.zero, interval - took)
            }
            try? await Task.sleep(for: wait)
        }
    }
}
