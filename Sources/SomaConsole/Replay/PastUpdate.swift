import SomaCore

/// The way from now into the past, and back.
extension AppState {
    /// Opens the time cursor, or goes back to now.
    mutating func toggleTime() -> [AppEffect] {
        if past != nil || strip != nil || walked != nil { return leavePast() }
        if logsSuffice {
            openStrip()
            return []
        }
        return openPast()
    }

    /// Whether the log of one run is all that is in sight needs.
    private var logsSuffice: Bool {
        let views = panesInSight.map { panes[$0].route.last ?? .fleet }
        guard views.count == 1, let only = views.first else { return false }
        switch only {
        case .run, .plan, .trace(.run): return true
        default: return false
        }
    }

    /// Asks for the past where the cursor is open and what is in sight is about more than the run that it is over.
    mutating func wantPast() -> [AppEffect] {
        guard replay == nil, past == nil, strip != nil || walked != nil, !logsSuffice else { return [] }
        return openPast()
    }

    /// Asks for the past of everything.
    /// - Parameter moment: Where the cursor goes first; `nil` for the end.
    mutating func openPast(at moment: Timestamp? = nil) -> [AppEffect] {
        guard hasFleet, !connection.isLost else {
            notice = Notice("The past can't be read while the daemon is away.", .bad)
            closeStrip()
            return []
        }
        var first = Set(panes.flatMap { $0.route.compactMap(\.run) })
        if let selected = selectedRun { first.insert(selected) }
        let scope = PastScope(fleet, first: first)
        guard !scope.runs.isEmpty else {
            notice = Notice("Nothing has happened yet.")
            closeStrip()
            return []
        }
        pastsOpened += 1
        past = Past(number: pastsOpened, scope: scope, target: walked)
        past?.moment = moment
        return [.send(.past(.open(number: pastsOpened, scope.runs)))]
    }

    /// Back to now: exactly what would be there if nobody had left.
    mutating func leavePast() -> [AppEffect] {
        closeStrip()
        for place in panes.indices { panes[place].pinned = nil }
        guard let past else { return [] }
        var effects: [AppEffect] = []
        if case .recording = export?.place { effects = stopExport(because: " with the past") }
        self.past = nil
        if var present = past.present {
            swapFacts(&present)
            view.feature.arrange(&self)
        }
        return effects + [.send(.past(.close))]
    }

    /// Takes in what is told of the past.
    mutating func update(past news: PastNews) -> [AppEffect] {
        switch news {
        case .progress(let number, let progress):
            guard past?.number == number, case .reading = past?.phase else { return [] }
            past?.phase = .reading(progress)
        case .opened(let number, let runs, let news):
            guard past?.number == number else { return [] }
            if let told = past?.scope.runs.count, runs < told { past?.scope.runs.removeLast(told - runs) }
            past?.waiting = news
        case .told(let number, let news):
            guard past?.number == number else { return [] }
            guard past?.phase == .open else {
                past?.waiting += news
                return []
            }
            return news.flatMap { update(shown: $0) }
        case .failed(let number, let reason):
            guard past?.number == number else { return [] }
            let effects = leavePast()
            notice = Notice("The past can't be read: \(reason)", .bad)
            return effects
        }
        return []
    }

    /// Puts the past on the screen once it is here, and nothing is being typed or asked in the present.
    mutating func enterPast() -> [AppEffect] {
        guard let news = past?.waiting, !news.isEmpty, prompt == nil, confirmation == nil else { return [] }
        past?.waiting = []
        var present = Facts()
        let target = past?.target ?? walked
        let moment = past?.moment
        let cursor = strip
        swapFacts(&present)
        past?.present = present
        past?.phase = .open
        closeStrip()
        var effects = news.flatMap { update(shown: $0) }
        if let cursor {
            replay?.speed = cursor.speed
            replay?.skipsIdle = cursor.skipsIdle
        }
        if let moment {
            effects += move(.time(moment))
        } else if let target {
            effects += move(.at(target.run, seq: target.seq))
        }
        return effects
    }
}
