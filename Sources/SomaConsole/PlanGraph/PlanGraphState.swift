package import SomaCore
package import SomaTerminal

/// What a person is doing in the plan graph.
package struct PlanGraphState: Sendable {
    /// The run whose graph it is.
    package var run: RunID?
    /// The run as it was there.
    package var shown: RunState?
    /// Whether the run's log was there when `shown` was made.
    package var isFromLog = false
    /// Whether every edge is drawn, or those that matter.
    package var isWhole = false
    /// What is in sight.
    package var arrangement = Arrangement.both
    /// Whether the graph is folded to a line a node; `nil` leaves that to the room there is.
    package var isFolded: Bool?
    /// How much a box tells; `nil` leaves that to the room there is.
    package var zoom: Zoom?
    /// Whether the small picture of a graph larger than the view is switched off.
    package var hidesMap = false
    /// The selected node's name.
    package var selected: String?
    /// The cell of the picture at the corner of the view; `nil` keeps the current node in sight.
    package var origin: Point?
    /// Where the mouse took hold of the picture, and which cell was at the corner then.
    var grip: Grip?
    /// The first line in sight of a folded graph; `nil` keeps the current node in sight.
    package var top: Int?
    /// The words of the last fact there.
    package var lastFact: ContentID?
    /// The last verdict or failure there.
    package var lastTrouble: Transition?
    /// States along the run's log.
    var checkpoints = RunCheckpoints()
    /// The way that the run took.
    package var trail = PlanTrail()
    /// What there is to draw; `nil` while the graph's words are on their way.
    var shape: PlanShape?
    /// What `shape` was made of.
    var shapeSource: ShapeSource?
    /// Layouts, kept while a run goes on.
    package let pictures = PlanPictures()

    /// How far back the panels look for something worth telling, in transitions.
    package static let lookBackMax = 2_000

    /// What is in sight.
    package enum Arrangement: Sendable, Hashable, CaseIterable {
        /// The graph, and the steps beside or below it.
        case both
        case graph
        /// The steps and what goes on; only where there is no room for both.
        case panels
    }

    /// How much a box tells.
    package enum Zoom: Sendable, Hashable, CaseIterable {
        case compact, normal, detailed
    }

    /// Where the mouse holds the picture.
    struct Grip: Sendable, Hashable {
        var point: Point
        var origin: Point
    }

    /// A graph, and what a run did beyond it.
    struct ShapeSource: Sendable, Hashable {
        var graph: ContentID?
        var extras: Int
        /// Whether the graph's words are there.
        var isKnown: Bool
    }

    package init() {}
}

/// What happens in the plan graph.
package enum PlanGraphMessage: Sendable, Hashable {
    /// Back or forth along the run's log.
    case walked(Int)
    /// Graph, steps, or both.
    case paneSwitched
    /// All edges or those that matter.
    case wholeToggled
    /// Boxes, or a line a node.
    case foldToggled
    /// Boxes that tell more, or less.
    case zoomed
    /// The small picture in the corner, or not.
    case mapToggled
    /// By columns and rows.
    case panned(Int, Int)
    /// Back to where the run is.
    case centered
    /// The selected node.
    case moved(ListMove)
    /// The selected node's latest visit, or the run.
    case opened
    /// The plan as text.
    case copied
}
