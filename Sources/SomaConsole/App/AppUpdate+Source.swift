import SomaCore

extension AppState {
    /// Takes in what the source told.
    mutating func update(source news: SourceNews) -> [AppEffect] {
        guard past?.present != nil else { return update(shown: news) }
        // The past is on the screen: what happens now is taken in aside.
        switch news {
        case .connection, .transitions, .transition, .output, .presence, .snapshot:
            return inPresent { $0.update(shown: news) }
        case .tail:
            // What was asked for before the past was opened is of the present.
            return inPresent { $0.update(shown: news) }
        case .journal, .words, .receipt, .daemon, .replay, .overview, .past, .recorded, .rows, .found,
            .page:
            return update(shown: news)
        }
    }

    /// Takes in what was told of what the views show.
    mutating func update(shown news: SourceNews) -> [AppEffect] {
        switch news {
        case .connection(let connection):
            self.connection = connection
            if connection.isLost { forgetAnswers(all: true) }
            if connection == .recording, replay == nil { replay = ReplayState() }
            if !connection.isLost {
                if case .live = connection { noteReturn() }
                lostAt = nil
            } else if lostAt == nil {
                lostAt = now
                // What was done before matters less now.
                if hasFleet { notice = nil }
            }
            // Trying again is no sign of life.
            return []
        case .snapshot(let fleet): return take(fleet)
        case .transitions(let transitions): return take(transitions)
        case .journal(let run, let log): journals[run, default: Journal()].load(log)
        case .tail(let run, let tail):
            effectHistory.take(run, tail)
            costLogs.take(run, tail)
        case .words(let found):
            for (id, state) in found { words.put(state, for: id) }
            hunt()
        case .output(let run, let effect, let text): output.append(text, run: run, effect: effect)
        case .presence(let run, let holder, let at): presence[run] = Presence(holder: holder, at: at)
        case .transition(let transition): take(asked: transition)
        case .daemon(let facts): daemon = facts
        case .receipt(let command, let outcome):
            if bulk?.take(command, refusal: outcome.refusal) == true {
                notice = bulk?.notice
                if bulk?.isComplete == true { bulk = nil }
                return []
            }
            return take(outcome, of: command)
        case .overview(let overview):
            if replay == nil { replay = ReplayState() }
            replay?.overview = overview
        case .replay(let place): return moved(to: place)
        case .past(let news): return update(past: news)
        case .recorded(let rows): stream.recordedRows = rows
        case .rows(let rows): stream.take(rows)
        case .found(let number, let progress): found(number, progress)
        case .page(let number, let rows): return take(page: rows, of: number)
        }
        heardAt = now
        return []
    }

    private mutating func take(_ fleet: Fleet) -> [AppEffect] {
        noteGap(before: fleet)
        self.fleet = fleet
        hasFleet = true
        index.reset(fleet)
        forgetGoneRuns()
        spending.begin(at: moment, clock: clock, fleet, force: true)
        inbox.reset(fleet, now: replay == nil ? now : nil)
        forgetAnswers()
        questionsAsked = [:]
        activity = [:]
        recentEffects.forget()
        effectHistory = EffectHistory()
        arrangeFleet()
        openWanted()
        heardAt = now
        // What was missed while away is not in the logs that were opened. A recording's logs are whole.
        guard replay == nil else { return [] }
        words.forgetMissing()
        let opened = journals.keys.filter { $0 == view.run }
        journals = journals.filter { opened.contains($0.key) }
        return opened.map { .send(.journal($0)) }
    }

    private mutating func take(_ transitions: [Transition]) -> [AppEffect] {
        var effects: [AppEffect] = []
        for transition in transitions {
            guard fleet.apply(transition) != .repeated else { continue }
            if stream.recordedRows == nil { stream.append(transition) }
            let id = transition.run
            let place = fleet.place(of: id)
            index.touch(place)
            recentEffects.note(transition, fleet.runs[place])
            costLogs.note(transition)
            inbox.note(transition)
            activity[id, default: Activity()].note(at: transition.at)
            if transition.kind == .effectFinished, let effect = transition.body["effect"]?.int {
                output.forget(run: id, effect: effect)
            }
            // A recording gives whole logs; adding to them would change nothing.
            guard replay == nil, journals[id] != nil else { continue }
            if journals[id]?.append(transition) == false { effects.append(.send(.journal(id))) }
        }
        noteDelay(of: transitions.last)
        for id in Set(transitions.map(\.run)) {
            guard let place = fleet.place(known: id) else { continue }
            inbox.note(fleet.runs[place], now: now)
            spending.note(fleet.runs[place])
        }
        forgetAnswers()
        heardAt = now
        return effects
    }

    /// How far news is behind, measured against the quickest so far, as two machines' clocks differ.
    private mutating func noteDelay(of transition: Transition?) {
        guard let transition, case .live(let before) = connection else { return }
        let delay = now - transition.at
        leastDelay = min(leastDelay ?? delay, delay)
        let lag = delay - (leastDelay ?? delay)
        let tenths = lag.microseconds / 100_000
        let shown = lag >= AppState.lagMin ? Duration.microseconds(tenths * 100_000) : nil
        if shown != before { connection = .live(lag: shown) }
    }

    /// From when on news counts as late.
    package static let lagMin = Duration.milliseconds(500)
    /// After how much quiet nothing is late any more.
    package static let lagShownMax = Duration.seconds(2)

    /// Once nothing comes, there is nothing that could be late.
    mutating func forgetLag() {
        guard case .live(.some) = connection, let heardAt, now - heardAt >= Self.lagShownMax else { return }
        connection = .live(lag: nil)
    }
}
