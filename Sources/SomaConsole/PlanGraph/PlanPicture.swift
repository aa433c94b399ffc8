import SomaTerminal
import Synchronization

/// A graph laid out in one form: depends on the graph and the form only, never on what a run does in it.
struct PlanPicture: Sendable {
    /// How much room a node takes.
    enum Form: Sendable, Hashable, CaseIterable {
        /// One row.
        case compact
        /// A box with one line, arrow heads on its border.
        case normal
        /// A box with one line and room for arrow heads.
        case roomy
        /// A box with two lines: times, retries, and what it calls.
        case detailed

        /// The rows of a node.
        var rows: Int {
            switch self {
            case .compact: 1
            case .normal, .roomy: 3
            case .detailed: 4
            }
        }

        /// Whether arrow heads stand on the borders of boxes.
        var hasArrowsOnBorder: Bool { self == .normal }
    }

    /// What a picture is of.
    struct Subject: Sendable, Hashable {
        var shape: PlanShape
        /// The links that are laid out, by number.
        var links: [Int]
        var form: Form
        /// Whether the usual way has its words too.
        var hasAllWords: Bool
        /// The columns that unconnected parts are spread over.
        var columns: Int
        /// The room that a picture too tall for it is set in columns for.
        var room: Size?
    }

    let subject: Subject
    let layout: LayeredLayout
    let ink: EdgeInk
    /// The place of each link of the shape among those that are laid out.
    let linkPlaces: [Int?]
    /// How many columns a name has.
    let nameColumns: Int

    var shape: PlanShape { subject.shape }
    var form: Form { subject.form }

    /// The longest name in a box, in columns; in graphs of more nodes than `crowd` a shorter one.
    static let nameColumnsMax = 24
    static let crowdNameColumnsMax = 16
    static let crowd = 24
    /// The most links that are laid out; more than that nobody could follow, and would take too long to route.
    static let linksMax = 500
    /// What stands beside a name: how often, and how long.
    static let statColumns = 8
    static let crowdStatColumns = 5
    /// What a link's count takes: a blank, the sign, two digits.
    static let countColumns = 4

    init(_ subject: Subject) {
        self.subject = subject
        let shape = subject.shape
        let isCrowd = shape.nodes.count > Self.crowd
        let widest = shape.nodes.map { SafeText.columns(of: $0.name.firstLine) }.max() ?? 1
        nameColumns = min(max(4, widest), isCrowd ? Self.crowdNameColumnsMax : Self.nameColumnsMax)
        let detail = subject.form == .detailed ? 24 : 0
        let stats = isCrowd && subject.form == .compact ? Self.crowdStatColumns : Self.statColumns
        let width = max(nameColumns + 6 + stats, detail)
        let links = subject.links.map { index in
            let link = shape.links[index]
            let hasWords = !link.words.isEmpty && (subject.hasAllWords || !link.isMain)
            let words =
                hasWords ? SafeText.columns(of: link.words) + Self.countColumns : Self.countColumns - 1
            return LayeredLayout.Link(link.from, link.to, labelColumns: words, isMain: link.isMain)
        }
        layout = LayeredLayout(
            sizes: shape.nodes.map { _ in Size(columns: width, rows: subject.form.rows) },
            links: links,
            spacing: .init(
                rows: subject.form == .roomy ? 2 : 1,
                columns: 3,
                hasArrowsOnBorder: subject.form.hasArrowsOnBorder,
                shelfColumns: subject.columns,
                room: subject.room
            )
        )
        ink = EdgeInk(layout, links: links)
        var places: [Int?] = Array(repeating: nil, count: shape.links.count)
        for (place, link) in subject.links.enumerated() { places[link] = place }
        linkPlaces = places
    }
}

/// Pictures that were laid out, so that none is laid out twice while a run goes on.
///
/// Only remembers what is the same for the same subject: views may ask while they draw.
package final class PlanPictures: Sendable {
    private struct Known {
        var pictures: [PlanPicture.Subject: PlanPicture] = [:]
        var order: [PlanPicture.Subject] = []
        var layouts = 0
    }

    private let known = Mutex(Known())

    /// The most pictures that are kept.
    package static let picturesMax = 12

    package init() {}

    /// How many pictures were laid out so far.
    package var layouts: Int { known.withLock(\.layouts) }

    func picture(_ subject: PlanPicture.Subject) -> PlanPicture {
        if let picture = known.withLock({ $0.pictures[subject] }) { return picture }
        let picture = PlanPicture(subject)
        known.withLock { known in
            known.layouts += 1
            known.pictures[subject] = picture
            known.order.append(subject)
            guard known.order.count > Self.picturesMax else { return }
            known.pictures[known.order.removeFirst()] = nil
        }
        return picture
    }
}
