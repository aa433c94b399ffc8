import SomaCore
import SomaTerminal

/// What was waited for along a critical path, and for how long: models, tools, other runs, a person, and the rest; or
/// services.
struct TimeShares: Sendable {
    /// One thing that was waited for; what has the colour of borders has no name of its own.
    struct Share: Sendable, Hashable {
        var word: String
        var role: ThemeRole
        /// In microseconds.
        var time: Int64
        /// The time in words, where it isn't written as everywhere.
        var length: String?
    }

    private let shares: [Share]
    private let total: Int64

    /// Creates shares, the longest first.
    init(_ shares: [Share]) {
        self.shares = shares
        total = max(1, Self.sum(shares))
    }

    init(_ shares: [(kind: Waterfall.Kind?, microseconds: Int64)]) {
        self.init(
            shares.map {
                Share(
                    word: Self.word($0.kind),
                    role: $0.kind.map(WaterfallView.role) ?? .border,
                    time: $0.microseconds
                )
            }
        )
    }

    /// The shares in a line, the longest first. Where there isn't room for all, what has no name of its own is the
    /// rest; then lengths give way, then the shortest join the rest. Nothing is left out.
    func line(columns: Int, _ look: Look) -> StyledLine {
        var last = StyledLine([])
        for (named, hasTimes) in attempts {
            last = line(named, hasTimes: hasTimes, look)
            if last.columns <= columns { return last }
        }
        return last
    }

    /// Spans of strangers may be longer than all of time.
    private static func sum(_ shares: [Share]) -> Int64 { shares.reduce(0) { $0.addingClamped($1.time) } }

    /// How many of the longest are named and whether they have their lengths, the most telling first.
    private var attempts: [(named: [Share], hasTimes: Bool)] {
        let named = shares.filter { $0.role != .border }
        return [(shares, true), (named, true), (named, false)]
            + (0..<named.count).reversed().map { (Array(named.prefix($0)), false) }
    }

    private func line(_ named: [Share], hasTimes: Bool, _ look: Look) -> StyledLine {
        let rest = Self.sum(shares) - Self.sum(named)
        var line = StyledLine([])
        for share in named + (rest > 0 ? [Share(word: "rest", role: .border, time: rest)] : []) {
            if !line.spans.isEmpty { line.append("   ") }
            line.append(String(look.glyphs.pick("■", "#")) + " ", look[share.role])
            let time = hasTimes ? " " + (share.length ?? Amounts.span(share.time)) : ""
            line.append("\(share.word) \(Self.percent(share.time, of: total))\(time)", look[.dim])
        }
        return line
    }

    /// What a kind of work is called.
    static func word(_ kind: Waterfall.Kind?) -> String {
        switch kind {
        case .visit: "own work"
        case .model: "models"
        case .tool: "tools"
        case .child: "children"
        case .person: "you"
        case .pause: "paused"
        case nil: "between"
        }
    }

    static func percent(_ part: Int64, of total: Int64) -> String {
        let tenths = Double(part) * 1_000 / Double(max(1, total))
        return tenths > 0 && tenths < 5 ? "<1 %" : "\(Int((tenths / 10).rounded())) %"
    }
}
