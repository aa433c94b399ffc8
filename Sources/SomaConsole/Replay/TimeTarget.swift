package import SomaCore

/// A place in time as a person types it: `14:02:11`, `2026-11-27T14:02:11Z`, `+90s`, `-5m`, `50%`, `#412`, `start`,
/// `end`.
package enum TimeTarget: Sendable, Hashable {
    /// A moment.
    case moment(Timestamp)
    /// So far from where the cursor is.
    case shift(Duration)
    /// After so many of a hundred of what happened.
    case percent(Double)
    /// After so many transitions.
    case transition(Int)

    /// What can be typed, for messages.
    package static let forms = "14:02:11, +90s, -5m, 50%, #412, start or end"

    /// Reads a place.
    /// - Parameters:
    ///   - text: What was typed.
    ///   - here: Where the cursor is: a time without a day is the one nearest to it.
    ///   - clock: The person's clock.
    package init?(_ text: String, near here: Timestamp, clock: ClockFace) {
        let text = String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        if text == "start" {
            self = .transition(0)
        } else if text == "end" {
            self = .percent(100)
        } else if text.hasPrefix("#"), let number = Self.count(text.dropFirst()) {
            self = .transition(number)
        } else if text.hasSuffix("%"), let share = Self.decimal(text.dropLast()), share <= 100 {
            self = .percent(share)
        } else if let sign = ["+": 1, "-": -1][text.first], let length = Self.length(text.dropFirst()) {
            self = .shift(length * sign)
        } else if let moment = Self.clockTime(text, near: here, clock) {
            self = .moment(moment)
        } else if let moment = Timestamp(text) {
            self = .moment(moment)
        } else {
            return nil
        }
    }

    /// How the cursor moves there.
    package func move(in replay: ReplayState) -> ReplayMove {
        switch self {
        case .moment(let moment): .time(moment)
        case .shift(let length): .time(replay.place.at + length)
        case .percent(let share):
            .transition(Int((Double(replay.overview.transitions) * share / 100).rounded()))
        case .transition(let number): .transition(min(number, replay.overview.transitions))
        }
    }

    /// How many transitions of a recording come before the place; a shift counts from the start, or back from the end.
    package func transition(in recording: RecordingReader) -> Int {
        let index = recording.index
        func count(_ moment: Timestamp) -> Int { recording.cursor(at: .time(moment)).transitions }
        return switch self {
        case .moment(let moment): count(moment)
        case .shift(let length): count((length < .zero ? index.lastAt : index.firstAt) + length)
        case .percent(let share): Int((Double(index.transitions) * share / 100).rounded())
        case .transition(let number): min(number, index.transitions)
        }
    }

    private static func count(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        return Int(text)
    }

    private static func decimal(_ text: Substring) -> Double? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy({ count($0) != nil }) else { return nil }
        return Double(text)
    }

    /// `90s`, `1h30m`, `250ms`; a number alone is seconds.
    private static func length(_ text: Substring) -> Duration? {
        if let seconds = decimal(text) { return .microseconds(Int64(min(seconds, 1e10) * 1_000_000)) }
        let units: [(name: String, microseconds: Double)] = [
            ("ms", 1_000), ("s", 1_000_000), ("m", 60_000_000), ("h", 3_600_000_000), ("d", 86_400_000_000),
        ]
        var rest = text
        var sum = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(digits.count)
            let letters = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(letters.count)
            guard let value = decimal(digits), let unit = units.first(where: { $0.name == letters }) else {
                return nil
            }
            sum += value * unit.microseconds
        }
        guard sum > 0, sum < 1e16 else { return nil }
        return .microseconds(Int64(sum))
    }

    /// Hours, minutes and perhaps seconds of the person's clock, on the day that puts them nearest.
    private static func clockTime(_ text: String, near here: Timestamp, _ clock: ClockFace) -> Timestamp? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 || parts.count == 3, let hours = count(parts[0]),
            let minutes = count(parts[1]),
            let seconds = parts.count == 3 ? decimal(parts[2]) : 0, hours < 24, minutes < 60, seconds < 60
        else { return nil }
        let day: Int64 = 86_400_000_000
        let time = Int64(hours * 3_600 + minutes * 60) * 1_000_000 + Int64(seconds * 1_000_000)
        let local = clock.local(here)
        let midnight = local - ((local % day) + day) % day
        let offset = local - here.microseconds
        // What the clock shows twice is meant as it is now, or else the first time.
        let moments = [midnight - day, midnight, midnight + day].map { $0 + time }.flatMap { shown in
            [Timestamp(microseconds: shown - offset), clock.moment(showing: shown)].filter {
                clock.local($0) == shown
            }
        }
        return moments.min {
            abs($0.microseconds - here.microseconds) < abs($1.microseconds - here.microseconds)
        }
    }
}
