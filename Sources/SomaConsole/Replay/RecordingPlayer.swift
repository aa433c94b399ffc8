package import SomaCore

/// Answers the console's requests out of a recording, at once and in order.
///
/// A value without tasks or clocks: headless frames and the live replay use the same one. Its calls read the file,
/// so they block.
package struct RecordingPlayer: Sendable {
    let lookup: RecordingLookup
    private var cursor: RecordingCursor
    private var at: Timestamp
    /// The last transition that was told.
    private var latest: ReplayPlace.Event?
    /// Cursors at places that were sought lately, so that going back step by step costs no more than going on.
    private var anchors: [RecordingCursor] = []

    private var reader: RecordingReader { lookup.reader }

    /// How many transitions before a place are told one by one, so that activity shows.
    private static let runUp = 400
    /// The most transitions that one step of playing tells; the rest comes with the next.
    private static let playedMax = 20_000
    /// How many cursors are kept.
    private static let anchorsMax = 2
    /// Up to how many transitions a recording is read through when it is opened, for what only that tells.
    private static let smallMax = 20_000

    /// Opens a recording at its end.
    package init(_ reader: RecordingReader) {
        lookup = RecordingLookup(reader)
        cursor = reader.cursor(at: .start)
        at = reader.index.firstAt
    }

    /// What the recording tells before anything was asked; leaves the cursor after so many transitions.
    package mutating func open(at transition: Int) -> [SourceNews] {
        let isSmall = reader.index.transitions <= Self.smallMax
        let overview = isSmall ? lookup.overview() : ReplayOverview(reader.index)
        let rows = SourceNews.recorded(rows: reader.index.transitions)
        return [.connection(.recording), .overview(overview), rows] + seek(transition)
    }

    /// What comes of a request.
    package mutating func answer(_ request: SourceRequest) -> [SourceNews] {
        switch request {
        case .words(let ids): [.words(lookup.words(ids))]
        case .journal(let run): [.journal(run, lookup.log(of: run))]
        case .command(let command): [.receipt(command, .refused("a recording can't be changed", code: ""))]
        case .transition(let run, let seq):
            lookup.log(of: run).first { $0.seq == seq }.map { [.transition($0)] } ?? []
        case .replay(let move): answer(move)
        case .rows(let rows): [lookup.rows(rows)]
        case .page(let number, let rows): [lookup.page(number, rows)]
        case .search(let number, let filter, let row): [lookup.search(number, filter, from: row)]
        case .tail(let run, let seq): [.tail(run, lookup.log(of: run).filter { $0.seq > seq })]
        case .past, .stopSearch: []
        }
    }

    /// What comes of a move of the cursor.
    mutating func answer(_ move: ReplayMove) -> [SourceNews] {
        switch move {
        case .transition(let number): return go(to: number)
        case .time(let moment): return seek(time: moment)
        case .play(let until, let pauseMax): return play(until: until, pauseMax: pauseMax)
        case .mark(let mark, let forwards):
            return go(toPlace: lookup.table.mark(mark, from: placeInTable, forwards: forwards))
        case .event(let run, let forwards):
            return go(toPlace: lookup.table.event(of: run, from: placeInTable, forwards: forwards))
        case .at(let run, let seq): return seek(run, seq)
        }
    }

    // MARK: Moving

    private var place: SourceNews { place(idle: .zero) }

    private func place(idle: Duration) -> SourceNews {
        var place = ReplayPlace(transition: cursor.transitions, at: at)
        place.event = cursor.transitions > 0 ? latest : nil
        place.idle = idle
        return .replay(place)
    }

    private var placeInTable: Int { lookup.table.count(before: cursor.offset) }

    /// To a place that the table names, if it does.
    private mutating func go(toPlace found: Int?) -> [SourceNews] {
        guard let found else { return [place] }
        return go(to: cursor.transitions + found - placeInTable)
    }

    private mutating func go(to number: Int) -> [SourceNews] {
        let ahead = number - cursor.transitions
        return ahead >= 0 && ahead <= Self.runUp ? advance(to: number) : seek(number)
    }

    private mutating func seek(_ number: Int) -> [SourceNews] {
        let number = min(max(0, number), reader.index.transitions)
        cursor = cursor(near: max(0, number - Self.runUp))
        at = cursor.transitions > 0 ? cursor.fleet.lastAt : reader.index.firstAt
        latest = nil
        return [.snapshot(cursor.fleet)] + advance(to: number)
    }

    /// A cursor at a place, from the nearest kept one or from the file.
    private mutating func cursor(near number: Int) -> RecordingCursor {
        let reach = 2 * Self.runUp
        let anchor = anchors.last { $0.transitions <= number && number - $0.transitions <= reach }
        var cursor = anchor ?? reader.cursor(at: .transition(max(0, number - Self.runUp)))
        if anchor == nil {
            anchors.append(cursor)
            if anchors.count > Self.anchorsMax { anchors.removeFirst() }
        }
        cursor.advance(to: .transition(number))
        return cursor
    }

    /// After everything up to a moment.
    private mutating func seek(time moment: Timestamp) -> [SourceNews] {
        let found = reader.cursor(at: .time(moment))
        var news = seek(found.transitions)
        at = max(at, min(moment, reader.index.lastAt))
        news.removeLast()
        return news + [place]
    }

    /// After one transition of one run.
    private mutating func seek(_ run: RunID, _ seq: Int) -> [SourceNews] {
        let table = lookup.table
        let offsets = table.offsets(of: run)
        var (low, high) = (0, offsets.count)
        while low < high {
            let middle = (low + high) / 2
            if self.seq(at: offsets[middle]) <= seq { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return seek(0) }
        return go(toPlace: table.count(before: offsets[low - 1]) + 1)
    }

    private func seq(at offset: Int) -> Int {
        var lines = reader.lines(from: offset)
        guard let line = lines.next(),
            case .success(let transition) = reader.withBytes(of: line, { Transition.read($0) })
        else { return 0 }
        return transition.seq
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
                // A long pause is passed over, and said; a short one is waited for.
                let pause = transition.at - at
                guard told == 0, pause > pauseMax else { break }
                _ = cursor.next()
                take(event, &batch, &news)
                return flush(&batch, &news) + [place(idle: pause)]
            }
            _ = cursor.next()
            take(event, &batch, &news)
            told += 1
        }
        at = max(at, min(until, reader.index.lastAt))
        return flush(&batch, &news) + [place]
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
            latest = .init(run: transition.run, kind: transition.kind)
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
