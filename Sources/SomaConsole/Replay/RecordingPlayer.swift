package import SomaCore

/// Answers the console's requests out of a recording, at once and in order.
///
/// A value without tasks or clocks: headless frames and the live replay use the same one. Its calls read the file,
/// so they block.
package struct RecordingPlayer: Sendable {
    private let reader: RecordingReader
    private var cursor: RecordingCursor
    private var at: Timestamp

    /// How many transitions before a place are told one by one, so that activity shows.
    private static let runUp = 400
    /// The most transitions that one step of playing tells; the rest comes with the next.
    private static let playedMax = 20_000

    /// Opens a recording at its end.
    package init(_ reader: RecordingReader) {
        self.reader = reader
        cursor = reader.cursor(at: .start)
        at = reader.index.firstAt
    }

    /// What the recording tells before anything was asked; leaves the cursor after so many transitions.
    package mutating func open(at transition: Int) -> [SourceNews] {
        [.connection(.recording), .overview(ReplayOverview(reader.index))] + seek(transition)
    }

    /// What comes of a request.
    package mutating func answer(_ request: SourceRequest) -> [SourceNews] {
        switch request {
        case .words(let ids):
            let found = ids.map { id in (id, Self.state(reader.content(id))) }
            return [.words(Dictionary(found, uniquingKeysWith: { first, _ in first }))]
        case .journal(let run): return [.journal(run, log(of: run))]
        case .command(let command): return [.receipt(command, refusal: "a recording can't be changed")]
        case .replay(let move):
            switch move {
            case .transition(let number):
                let ahead = number - cursor.transitions
                return ahead >= 0 && ahead <= Self.runUp ? advance(to: number) : seek(number)
            case .play(let until, let pauseMax): return play(until: until, pauseMax: pauseMax)
            case .mark(let isError, let forwards): return jump(isError: isError, forwards: forwards)
            }
        }
    }

    private static func state(_ content: RecordedContent?) -> WordsState {
        guard let content else { return .missing }
        switch content.state {
        case .open: return WordsState(content.text)
        case .sealed: return .sealed
        case .erased: return .erased
        }
    }

    /// All transitions of one run.
    private func log(of id: RunID) -> [Transition] {
        guard let run = reader.index.runs.first(where: { $0.state.id == id }) else { return [] }
        let needle = Array("\"\(id)/".utf8)
        var log: [Transition] = []
        for line in reader.lines(from: run.firstOffset) {
            guard line.bytes.lowerBound <= run.lastOffset else { break }
            guard line.kind == .transition else { continue }
            let bytes = reader.bytes(of: line)
            guard bytes.prefix(256).contains(needle), let transition = try? Transition(cloudEvent: bytes),
                transition.run == id, transition.seq > log.last?.seq ?? 0
            else { continue }
            log.append(transition)
        }
        return log
    }

    // MARK: Moving

    private var place: SourceNews { .replay(ReplayPlace(transition: cursor.transitions, at: at)) }

    private mutating func seek(_ number: Int) -> [SourceNews] {
        let number = min(max(0, number), reader.index.transitions)
        cursor = reader.cursor(at: .transition(max(0, number - Self.runUp)))
        at = cursor.transitions > 0 ? cursor.fleet.lastAt : reader.index.firstAt
        return [.snapshot(cursor.fleet)] + advance(to: number)
    }

    private mutating func advance(to number: Int) -> [SourceNews] {
        var news: [SourceNews] = []
        var batch: [Transition] = []
        while cursor.transitions < number, let event = cursor.next() { take(event, &batch, &news) }
        return flush(&batch, &news) + [place]
    }

    private mutating func play(until: Timestamp, pauseMax: Duration) -> [SourceNews] {
        var news: [SourceNews] = []
        var batch: [Transition] = []
        var told = 0
        while told < Self.playedMax, let event = cursor.peek() {
            if case .transition(let transition) = event, transition.at > until {
                // A long pause is passed over; a short one is waited for.
                guard told == 0, transition.at - at > pauseMax else { break }
                _ = cursor.next()
                take(event, &batch, &news)
                return flush(&batch, &news) + [place]
            }
            _ = cursor.next()
            take(event, &batch, &news)
            told += 1
        }
        at = max(at, min(until, reader.index.lastAt))
        return flush(&batch, &news) + [place]
    }

    private mutating func jump(isError: Bool, forwards: Bool) -> [SourceNews] {
        let marks = reader.index.marks.filter { ($0.kind == .error) == isError }
        let here = cursor.transitions
        let found = forwards ? marks.first { $0.transition > here } : marks.last { $0.transition < here }
        return found.map { seek($0.transition) } ?? [place]
    }

    private mutating func take(
        _ event: RecordingEvent,
        _ batch: inout [Transition],
        _ news: inout [SourceNews]
    ) {
        switch event {
        case .transition(let transition):
            batch.append(transition)
            at = max(at, transition.at)
        case .presence(let presence):
            news += flush(&batch)
            news.append(.presence(presence.run, holder: presence.holder, at: presence.at))
        case .delta(let delta):
            news += flush(&batch)
            news.append(.output(delta.run, effect: delta.effect, text: delta.text))
        case .base(let fleet):
            news += flush(&batch)
            news.append(.snapshot(fleet))
        case .content: break
        }
    }

    private func flush(_ batch: inout [Transition]) -> [SourceNews] {
        defer { batch = [] }
        return batch.isEmpty ? [] : [.transitions(batch)]
    }

    private func flush(_ batch: inout [Transition], _ news: inout [SourceNews]) -> [SourceNews] {
        news += flush(&batch)
        return news
    }
}
