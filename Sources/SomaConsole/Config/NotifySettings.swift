package import SomaCore

/// How a person is told that a question waits for them; told once for each question.
package struct NotifySettings: Sendable, Hashable {
    /// Whether the terminal's bell rings.
    package var bell = true
    /// Whether the terminal is asked to show a notification (OSC 9), where it can.
    package var osc9 = true
    /// What `sh -c` is given, with the run in its environment; `nil` runs nothing.
    package var command: String?
    /// When nothing of the above is done.
    package var quiet: [QuietHours] = []
    /// How long a question must have waited before anybody is told, not negative.
    package var after = Duration.zero

    package init() {}

    /// Whether nobody is to be disturbed at a moment.
    package func isQuiet(at moment: Timestamp, clock: ClockFace) -> Bool {
        quiet.contains { $0.contains(moment, clock: clock) }
    }
}

/// A part of every day: from a minute, included, to a minute, excluded, past midnight where the end is earlier.
package struct QuietHours: Sendable, Hashable, CustomStringConvertible {
    /// The first minute, 0 to 1439, counted from the person's midnight.
    package let start: Int
    /// The first minute after it, 0 to 1440.
    package let end: Int

    /// Minutes of a day.
    package static let dayMinutes = 1440

    /// From one minute of the day to another; `nil` for minutes that no day has, and for two that are the same,
    /// which could mean always or never.
    package init?(from start: Int, to end: Int) {
        guard (0..<Self.dayMinutes).contains(start), (0...Self.dayMinutes).contains(end), start != end else {
            return nil
        }
        self.start = start
        self.end = end
    }

    /// Reads `22:00-07:30`; `24:00` may end a day.
    package init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let start = Self.minute(parts[0]), let end = Self.minute(parts[1]) else {
            return nil
        }
        self.init(from: start, to: end)
    }

    /// Whether a minute of the day, 0 to 1439, lies in it.
    package func contains(minute: Int) -> Bool {
        start < end ? (start..<end).contains(minute) : minute >= start || minute < end
    }

    /// Whether a moment lies in it by a person's clock.
    package func contains(_ moment: Timestamp, clock: ClockFace) -> Bool {
        let seconds = clock.local(moment) / 1_000_000
        let ofDay = Int(seconds % 86_400)
        return contains(minute: (ofDay < 0 ? ofDay + 86_400 : ofDay) / 60)
    }

    /// The form that is read.
    package var description: String { "\(Self.text(start))-\(Self.text(end))" }

    private static func minute(_ text: Substring) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].count == 2, (1...2).contains(parts[0].count),
            parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            let hours = Int(parts[0]), let minutes = Int(parts[1]), hours <= 24, minutes < 60
        else { return nil }
        let minute = hours * 60 + minutes
        return minute <= dayMinutes ? minute : nil
    }

    private static func text(_ minute: Int) -> String {
        func pair(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(pair(minute / 60)):\(pair(minute % 60))"
    }
}
