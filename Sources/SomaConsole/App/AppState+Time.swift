import SomaCore

extension AppState {
    /// Where the time cursor is: in a recording, in the past of a live view, or in the run that is walked through; `nil`
    /// where everything is as it is now.
    var cursorTime: Timestamp? { replay?.place.at ?? walked?.at }

    /// When something on the screen gets older; `nil` where nothing does.
    ///
    /// While a recording plays or a run is looked through, each frame; while runs are at work, their seconds; while
    /// runs wait for a person, minutes. A finished run fades once.
    package var nextTick: Duration? {
        let wakes = [inbox.nextRemoval, replay == nil ? attention.next(clock: clock) : nil].compactMap { $0 }
        let wait = wakes.min().map { max(Self.wakeMin, $0 - now) }
        return [nextAging, wait].compactMap { $0 }.min()
    }

    /// The shortest wait for something at a time: what is late already must not keep the processor busy.
    private static let wakeMin = Duration.milliseconds(20)

    /// Whether the screen moves by itself: a recording plays, or a run is looked through.
    package var moves: Bool { timeCursor?.isPlaying == true || runView.hunt?.awaited.isEmpty == true }

    private var nextAging: Duration? {
        if moves { return FramePace.interval }
        guard replay == nil else { return nil }
        // Keys are answered between two steps of a search.
        if isSearchingEvents { return .milliseconds(1) }
        switch connection {
        case .reconnecting: return .seconds(1)
        case .connecting, .failed: return nil
        case .live(.some): return Self.lagShownMax
        case .live, .recording: break
        }
        if index.running > 0 { return .seconds(1) }
        if index.needing > 0 { return .seconds(60) }
        let fading = fleet.lastAt.microseconds &+ Duration.seconds(60).microseconds
        let left = fading &- now.microseconds
        return left > 0 && left <= Duration.seconds(60).microseconds ? .microseconds(left) : nil
    }
}
