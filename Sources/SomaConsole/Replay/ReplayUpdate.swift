import SomaCore

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
            move = .transition(min(max(0, replay.place.transition + step), total))
        case .jumped(let isError, let forwards):
            replay.isPlaying = false
            move = .mark(isError: isError, forwards: forwards)
        case .speedChanged(let step):
            replay.change(speed: step)
        case .movedToStart: move = .transition(0)
        case .movedToEnd:
            replay.isPlaying = false
            move = .transition(total)
        }
        timeCursor = replay
        return move.map { self.move($0) } ?? []
    }

    /// Lets the time of a playing recording go on.
    mutating func playOn() -> [AppEffect] {
        guard var replay = timeCursor, replay.isPlaying else { return [] }
        let elapsed = now - (replay.tickedAt ?? now)
        guard elapsed > .zero, !replay.isMoving else { return [] }
        replay.tickedAt = now
        if replay.place.transition >= replay.overview.transitions { replay.isPlaying = false }
        timeCursor = replay
        guard replay.isPlaying else { return [] }
        let speed = replay.speed
        let forward = Duration.microseconds(Int64(elapsed.seconds * speed * 1_000_000))
        let pause = Duration.microseconds(Int64(ReplayState.pauseSecondsMax * speed * 1_000_000))
        return move(.play(until: replay.place.at + forward, pauseMax: pause))
    }

    /// Takes in where the cursor is now; a move that was wanted meanwhile is made next.
    mutating func moved(to place: ReplayPlace) -> [AppEffect] {
        replay?.place = place
        replay?.isMoving = false
        guard let wanted = replay?.wanted else { return [] }
        replay?.wanted = nil
        return move(wanted)
    }

    /// One move at a time, so that a key held down never queues up.
    private mutating func move(_ move: ReplayMove) -> [AppEffect] {
        if replay == nil {
            moveInLog(move)
            return []
        }
        guard replay?.isMoving == false else {
            replay?.wanted = move
            return []
        }
        replay?.isMoving = true
        return [.send(.replay(move))]
    }
}
