import SomaCore

/// What a pane wants to see of metrics. Panes that want the same at the same time are answered by one look.
struct MetricsWish: Sendable, Hashable {
    var panels: [PanelSpec]
    /// The end of the time in sight; `nil` is now, and moves on.
    var until: Timestamp?
    var length: Duration
    /// How many moments there is room for; from 2.
    var points: Int

    /// The most moments that are asked for.
    static let pointsMax = 600

    /// Whether an answer to one is an answer to the other: each draws what there is at the moments that it has room for.
    func isMet(by other: MetricsWish) -> Bool {
        (panels, until, length) == (other.panels, other.until, other.length)
    }

    /// The wishes without those that another meets, for which there is as much room as the widest pane has.
    static func merged(_ wishes: [MetricsWish]) -> [MetricsWish] {
        wishes.reduce(into: []) { merged, wish in
            if let place = merged.firstIndex(where: { wish.isMet(by: $0) }) {
                merged[place].points = max(merged[place].points, wish.points)
            } else {
                merged.append(wish)
            }
        }
    }

    /// Over which rates are taken. A server scrapes once a minute where nobody says otherwise, and a rate needs two samples:
    /// four minutes hold them even where one is missed.
    func window(_ kind: MetricsOrigin.Kind) -> Duration {
        let step = Int64((length.seconds / Double(points - 1)).rounded(.up))
        return .seconds(max(kind == .server ? 240 : 15, step * 2))
    }

    /// What is asked of a source; its number isn't known yet.
    func look(_ kind: MetricsOrigin.Kind) -> MetricsLook {
        let window = window(kind)
        return MetricsLook(
            number: 0,
            panels: panels.map { $0.query(window: window) },
            until: until,
            length: length,
            points: points
        )
    }
}
