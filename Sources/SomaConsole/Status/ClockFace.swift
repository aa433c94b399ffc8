package import SomaCore

/// Clock times as the person's wall shows them, also those of days before summer time began or ended.
package struct ClockFace: Sendable, Hashable {
    /// The clock is put forward or back.
    package struct Change: Sendable, Hashable {
        /// When.
        package var at: Timestamp
        /// How far the clock is ahead of UTC from then on, in seconds.
        package var offsetSeconds: Int

        package init(at: Timestamp, offsetSeconds: Int) {
            (self.at, self.offsetSeconds) = (at, offsetSeconds)
        }
    }

    /// How far the clock is ahead of UTC before the first change, in seconds.
    private let first: Int
    /// In their order.
    private let changes: [Change]

    /// A clock that is so far ahead of UTC, and is put forward or back at these moments, which are in order.
    package init(offsetSeconds: Int = 0, changes: [Change] = []) {
        (first, self.changes) = (offsetSeconds, changes)
    }

    /// How far the clock is ahead of UTC at a moment, in seconds.
    package func offsetSeconds(at moment: Timestamp) -> Int {
        changes.last { $0.at <= moment }?.offsetSeconds ?? first
    }

    /// What the clock shows at a moment, in microseconds since 1970 as a clock of UTC counts them.
    package func local(_ moment: Timestamp) -> Int64 {
        moment.microseconds &+ Int64(offsetSeconds(at: moment)) * 1_000_000
    }

    /// The first moment at which the clock shows that, or more where it is put forward past it.
    /// - Parameter local: In microseconds since 1970 as a clock of UTC counts them.
    package func moment(showing local: Int64) -> Timestamp {
        var (start, offset) = (Int64.min, first)
        for change in changes {
            let moment = local &- Int64(offset) * 1_000_000
            if moment < change.at.microseconds { return Timestamp(microseconds: max(start, moment)) }
            (start, offset) = (change.at.microseconds, change.offsetSeconds)
        }
        return Timestamp(microseconds: max(start, local &- Int64(offset) * 1_000_000))
    }

    /// Hours, minutes and seconds: `14:02:11`.
    package func time(_ moment: Timestamp) -> String {
        String(text(moment).dropFirst(11).prefix(8))
    }

    /// The time with as many decimals as it takes to tell moments of something so short apart: `14:02:11.4`.
    package func time(_ moment: Timestamp, within length: Duration) -> String {
        let decimals = length < .seconds(10) ? 4 : length < .seconds(60) ? 2 : 0
        return String(text(moment).dropFirst(11).prefix(8 + decimals))
    }

    /// Day and time, for what isn't of today: `2026-03-04 14:02`.
    package func day(_ moment: Timestamp) -> String {
        let text = text(moment)
        return text.prefix(10) + " " + text.dropFirst(11).prefix(5)
    }

    private func text(_ moment: Timestamp) -> String {
        Timestamp(microseconds: local(moment)).description
    }
}

extension ClockFace {
    /// The clock of a time zone, with its changes from five years before a moment to a year after it.
    /// - Parameter offset: How far the zone is ahead of UTC at a second since 1970.
    package init(around moment: Timestamp, offset: (Int64) -> Int) {
        let week: Int64 = 7 * 86_400
        // In whole weeks, so that the same changes are found all the while.
        let now = moment.microseconds / 1_000_000 / week * week
        var at = now - 5 * 53 * week
        let first = offset(at)
        var (known, changes) = (first, [Change]())
        while at < now + 53 * week {
            guard offset(at + week) != known else {
                at += week
                continue
            }
            var (before, after) = (at, at + week)
            while after - before > 1 {
                let middle = before + (after - before) / 2
                if offset(middle) == known { before = middle } else { after = middle }
            }
            (known, at) = (offset(after), after)
            changes.append(Change(at: Timestamp(microseconds: after * 1_000_000), offsetSeconds: known))
        }
        self.init(offsetSeconds: first, changes: changes)
    }
}
