import SomaCore
import SomaTerminal

extension AppState {
    /// Answers a key that moves the time cursor.
    mutating func update(replay message: ReplayMessage) -> [AppEffect] {
        guard var replay = timeCursor else { return [] }
        var move: ReplayMove?
        let total = replay.overview.transitions
        switch message {
        case .playToggled:
            replay.isPlaying.toggle()
            replay.tickedAt = now
            // At the end there is nothing to play but the whole again.
            if replay.isPlaying, replay.place.transition >= total { move = .transition(0) }
        case .stepped(let step):
            replay.isPlaying = false
            // From where the last wanted step would lead, so that none is lost while one is under way.
            var from = replay.heading ?? replay.place.transition
            if case .transition(let wanted) = replay.wanted { from = wanted }
            move = .transition(min(max(0, from + step), total))
        case .ran(let step):
            guard let run = selectedRun else {
                notice = Notice("Select a run first: its transitions are stepped through.")
                return []
            }
            replay.isPlaying = false
            move = .event(run, forwards: step > 0)
        case .jumped(let mark, let forwards):
            replay.isPlaying = false
            move = .mark(mark, forwards: forwards)
        case .speedChanged(let step): replay.change(speed: step)
        case .movedToStart: move = .transition(0)
        case .movedToEnd:
            replay.isPlaying = false
            move = .transition(total)
        case .jumpAsked:
            prompt = Prompt(.time)
            return []
        case .bookmarkToggled: toggleBookmark(&replay)
        case .bookmarkJumped(let forwards):
            let here = replay.place.transition
            let found =
                forwards
                ? replay.bookmarks.first { $0.transition > here }
                : replay.bookmarks.last { $0.transition < here }
            guard let found else {
                let which = replay.bookmarks.isEmpty ? "There are no bookmarks: b keeps a place." : nil
                notice = Notice(which ?? "There is no bookmark \(forwards ? "after" : "before") this.")
                return []
            }
            replay.isPlaying = false
            move = .transition(found.transition)
        case .idleToggled:
            replay.skipsIdle.toggle()
            notice = Notice(
                replay.skipsIdle ? "Idle times are skipped." : "Idle times are as long as they were."
            )
        case .loopToggled:
            replay.loops.toggle()
            notice = Notice(replay.loops ? "It begins again at the end." : "It stops at the end.")
        case .pinToggled:
            togglePin()
            return []
        }
        timeCursor = replay
        return move.map { self.move($0) } ?? []
    }

    private mutating func toggleBookmark(_ replay: inout ReplayState) {
        let place = replay.place
        let time = clock.time(place.at, within: replay.overview.length)
        if let kept = replay.bookmarks.firstIndex(where: { $0.transition == place.transition }) {
            replay.bookmarks.remove(at: kept)
            notice = Notice("The bookmark at \(time) is gone.")
            return
        }
        guard replay.bookmarks.count < ReplayState.bookmarksMax else {
            notice = Notice("There are \(ReplayState.bookmarksMax) bookmarks: forget one first.", .bad)
            return
        }
        let after = replay.bookmarks.firstIndex { $0.transition > place.transition }
        replay.bookmarks.insert(place, at: after ?? replay.bookmarks.count)
        notice = Notice("Kept \(time): ( and ) go to bookmarks.")
    }

    /// Goes to a place in time that a person typed.
    mutating func go(toTime text: String) -> [AppEffect] {
        guard var replay = timeCursor else {
            notice = Notice("There is no time cursor here: T opens it.")
            return []
        }
        guard !text.isEmpty else { return [] }
        guard let target = TimeTarget(text, near: replay.place.at, clock: clock) else {
            notice = Notice("\"\(text)\" is no place in time; type \(TimeTarget.forms).", .bad)
            return []
        }
        replay.isPlaying = false
        timeCursor = replay
        let move = target.move(in: replay)
        if case .time(let moment) = move {
            let overview = replay.overview
            if moment < overview.firstAt || moment > overview.lastAt {
                let first = clock.time(overview.firstAt, within: overview.length)
                let last = clock.time(overview.lastAt, within: overview.length)
                notice = Notice("That is outside of what there is: \(first) to \(last).")
            }
        }
        return self.move(move)
    }

    /// Answers the mouse on the strip: it takes the cursor along.
    mutating func update(strip mouse: MouseEvent, in rect: Rect) -> [AppEffect] {
        guard var replay = timeCursor else { return [] }
        switch mouse.action {
        case .press where rect.contains(mouse.point): replay.isDragged = true
        case .drag where replay.isDragged: break
        case .release where replay.isDragged:
            replay.isDragged = false
            timeCursor = replay
            return []
        case .scrollUp where rect.contains(mouse.point): return update(replay: .stepped(-1))
        case .scrollDown where rect.contains(mouse.point): return update(replay: .stepped(1))
        default: return []
        }
        replay.isPlaying = false
        timeCursor = replay
        let bar = ReplayStrip.bar(self, in: rect)
        guard bar.columns > 0 else { return [] }
        let scale = StripScale(replay.overview, columns: bar.columns, skipsIdle: replay.skipsIdle)
        let column = min(max(0, mouse.point.column - bar.column), bar.columns - 1)
        return move(column == 0 ? .transition(0) : .time(scale.moment(of: column)))
    }

    /// Lets the time of a playing recording go on.
    mutating func playOn() -> [AppEffect] {
        guard var replay = timeCursor, replay.isPlaying else { return [] }
        let elapsed = now - (replay.tickedAt ?? now)
        guard elapsed > .zero, !replay.isMoving else { return [] }
        replay.tickedAt = now
        let isAtEnd = replay.place.transition >= replay.overview.transitions
        if isAtEnd, !replay.loops { replay.isPlaying = false }
        timeCursor = replay
        guard replay.isPlaying else { return [] }
        if isAtEnd { return move(.transition(0)) }
        let speed = replay.speed
        let forward = Duration.microseconds(Int64(elapsed.seconds * speed * 1_000_000))
        let pause = Duration.microseconds(Int64(ReplayState.pauseSecondsMax * speed * 1_000_000))
        let pauseMax = replay.skipsIdle ? pause : Duration.microseconds(Int64.max)
        return move(.play(until: replay.place.at + forward, pauseMax: pauseMax))
    }

    /// Takes in where the cursor is now; a move that was wanted meanwhile is made next.
    mutating func moved(to place: ReplayPlace) -> [AppEffect] {
        var place = place
        // What was passed over stays said until something else happens.
        if place.idle == .zero, let before = replay?.place, before.transition == place.transition {
            place.idle = before.idle
        }
        replay?.place = place
        replay?.isMoving = false
        replay?.heading = nil
        guard let wanted = replay?.wanted else { return [] }
        replay?.wanted = nil
        return move(wanted)
    }

    /// One move at a time, so that a key held down never queues up.
    mutating func move(_ move: ReplayMove) -> [AppEffect] {
        if replay == nil {
            moveInLog(move)
            return []
        }
        guard replay?.isMoving == false else {
            replay?.wanted = move
            return []
        }
        replay?.isMoving = true
        if case .transition(let number) = move { replay?.heading = number }
        return [.send(.replay(move))]
    }
}
