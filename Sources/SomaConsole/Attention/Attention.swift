package import SomaCore

/// Which questions a person has been told of, and when they are told of the others.
///
/// Each need is told once. Those that were open when the console attached aren't told to a person who may be looking
/// at it. What closes before it was told is never told. Needs that come together are told together, and in quiet
/// hours nothing is: what is still open at their end is told then.
package struct Attention: Sendable {
    /// Needs that a person is told of now.
    package struct Telling: Sendable, Hashable {
        /// The needs, the one that has to be told for the longest first.
        package var needs: [Need.ID]
        /// Whether the person is known to look at the console, so that a bell is enough.
        package var isLooking: Bool

        package init(needs: [Need.ID], isLooking: Bool) {
            self.needs = needs
            self.isLooking = isLooking
        }
    }

    /// How long news is gathered before it is told, so that a burst is one telling.
    package static let gathering = Duration.seconds(1)
    /// The shortest time between two tellings.
    package static let gap = Duration.seconds(10)

    /// How people want to be told.
    package var settings: NotifySettings
    /// Whether the terminal has the focus; `nil` while it has never told.
    package private(set) var isFocused: Bool?

    private var told: Set<Need.ID> = []
    /// Needs that are to be told, and from when on.
    private var waiting: [Need.ID: Timestamp] = [:]
    private var toldAt: Timestamp?
    private var hasAttached = false

    package init(_ settings: NotifySettings = NotifySettings()) { self.settings = settings }

    /// The terminal got or lost the focus.
    package mutating func focused(_ isFocused: Bool) { self.isFocused = isFocused }

    /// Looks at what is open now; call it whenever that changed.
    /// - Parameters:
    ///   - open: All open needs.
    ///   - now: The wall's time.
    package mutating func look(at open: some Sequence<Need>, now: Timestamp) {
        var ids: Set<Need.ID> = []
        for need in open {
            ids.insert(need.id)
            guard !told.contains(need.id), waiting[need.id] == nil else { continue }
            if hasAttached || isFocused == false {
                waiting[need.id] = now + max(settings.after, Self.gathering)
            } else {
                told.insert(need.id)
            }
        }
        hasAttached = true
        waiting = waiting.filter { ids.contains($0.key) }
        told.formIntersection(ids)
    }

    /// When something is to be told; `nil` while there is nothing.
    package func next(clock: ClockFace) -> Timestamp? {
        guard let first = waiting.values.min() else { return nil }
        let due = toldAt.map { max(first, $0 + Self.gap) } ?? first
        return settings.quietEnd(at: due, clock: clock) ?? due
    }

    /// What is to be told now; each need once.
    package mutating func take(now: Timestamp, clock: ClockFace) -> Telling? {
        // A clock that was set back must not put things off for long.
        if let last = toldAt, last > now { toldAt = now }
        let latest = now + max(settings.after, Self.gathering)
        for (id, due) in waiting where due > latest { waiting[id] = latest }
        guard !settings.isQuiet(at: now, clock: clock), let due = next(clock: clock), due <= now else {
            return nil
        }
        let needs = waiting.sorted { ($0.value, $0.key.run) < ($1.value, $1.key.run) }.map(\.key)
        told.formUnion(needs)
        waiting = [:]
        toldAt = now
        return Telling(needs: needs, isLooking: isFocused == true)
    }
}

extension NotifySettings {
    /// When the quiet that holds at a moment ends; `nil` where it isn't quiet then.
    package func quietEnd(at moment: Timestamp, clock: ClockFace) -> Timestamp? {
        var end = moment
        // Hours that touch are one quiet; those that fill the day never end, and after a day that is said.
        for _ in 0...quiet.count {
            guard let hours = quiet.first(where: { $0.contains(end, clock: clock) }) else { break }
            end = hours.endOfQuiet(after: end, clock: clock)
        }
        return end == moment ? nil : end
    }
}

extension QuietHours {
    fileprivate func endOfQuiet(after moment: Timestamp, clock: ClockFace) -> Timestamp {
        let day: Int64 = 86_400
        let seconds = clock.local(moment) / 1_000_000
        let ofDay = (seconds % day + day) % day
        let left = (Int64(end) * 60 - ofDay + day) % day
        let time = (left == 0 ? day : left) * 1_000_000
        let whole = moment.microseconds - moment.microseconds % 1_000_000
        // The clock may be put forward or back meanwhile; of an hour that comes twice the second one counts from here.
        let shown = clock.moment(showing: seconds * 1_000_000 + time)
        return shown > moment ? shown : Timestamp(microseconds: whole + time)
    }
}
