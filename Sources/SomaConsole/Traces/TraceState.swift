package import SomaCore
package import SomaTraces
package import SomaTerminal

/// What a person is doing in a waterfall of spans.
package struct TraceState: Sendable {
    /// What it is about.
    package var subject: TraceSubject?
    /// The number under which the trace was asked for.
    package var request: Int?
    /// The spans; `nil` before they have come.
    package private(set) var waterfall: TraceWaterfall?
    private(set) var index = TraceIndex()
    /// A run's own spans, as they grow.
    var spans = RunSpans()
    /// The runs below the subject, and how many there were in all when they were looked for.
    var family: (runs: [RunID], of: Int) = ([], -1)

    /// Which spans have a row.
    private(set) var rows = TraceRows()
    /// What the person has folded and looks for.
    var shape = TraceRows.Shape() {
        didSet { isShaped = false }
    }
    private var isShaped = false
    /// The filter as it is typed.
    package var filter = ""
    package var list = ListState(selected: 0)
    /// The selected span's place among the trace's.
    package var selected: Int?
    /// What is to be selected once it has come.
    package var wanted: Wanted?
    /// The part of its time that is in sight.
    package var window: TraceWindow?
    /// Whether quiet times are as long as they were.
    package var showsSpacing = false
    package var hasDetail = false
    package var detailTop = 0
    var detail = SpanDetail()
    /// How long the whole is on the axis, in microseconds.
    var whole: Int64 = 1

    /// How often rows were made, for tests.
    package private(set) var shapings = 0

    /// A span by its name, or by the transition that it belongs to.
    package enum Wanted: Sendable, Hashable {
        case span(SpanID)
        case transition(RunID, Int)
    }

    package init(_ subject: TraceSubject? = nil) { self.subject = subject }

    /// Takes another waterfall of the same trace; what is selected and folded stays so by the spans' ids.
    /// - Parameter isGrown: Whether the spans that there were have stayed where they were.
    mutating func take(_ new: TraceWaterfall, isGrown: Bool) {
        if !isGrown, let old = waterfall {
            var places: [SpanID: Int] = [:]
            for (place, span) in new.trace.spans.enumerated() where places[span.id] == nil {
                places[span.id] = place
            }
            func place(_ span: Int) -> Int? { places[old.trace.spans[span].id] }
            shape.folded = Set(shape.folded.compactMap { place(Int($0)).map(Int32.init) })
            selected = selected.flatMap(place)
        }
        waterfall = new
        index = TraceIndex(new)
        isShaped = false
    }

    /// Brings rows, selection and scrolling up to date.
    mutating func arrange(visible: Int) {
        guard let waterfall else { return }
        if !isShaped {
            rows = TraceRows(waterfall, shape)
            isShaped = true
            shapings += 1
        }
        let count = rows.shown.count
        let place = rows.nearest(to: selected ?? Int(rows.shown.first ?? 0), in: waterfall.tree)
        selected = place.map { Int(rows.shown[$0]) }
        list.selected = place
        list = list.fitted(count: count, visible: visible)
        if let window { self.window = TraceWindow(from: window.start, to: window.end, of: whole) }
    }

    /// Selects a span, and opens what is around it.
    mutating func reveal(_ span: Int) {
        guard let waterfall else { return }
        var around = waterfall.tree.parents[span]
        while around >= 0 {
            if shape.folded.contains(around) { shape.folded.remove(around) }
            around = waterfall.tree.parents[Int(around)]
        }
        selected = span
        detailTop = 0
    }
}

/// What happens in a waterfall of spans.
package enum TraceMessage: Sendable, Hashable {
    case moved(ListMove)
    /// A row is selected by its place among those shown.
    case selected(Int)
    case foldToggled
    case allToggled
    /// Into the selected span, or out of it.
    case stepped(into: Bool)
    case criticalToggled
    case errorSought(forwards: Bool)
    case matchSought(forwards: Bool)
    case zoomed(closer: Bool)
    /// The window moves by quarters of its length.
    case panned(Int)
    case fitted
    case spacingToggled
    case detailToggled
    case detailScrolled(Int)
    case copied
    case pageOpened
    case runOpened
    case momentSought
    /// The same trace, from the run's log or from Jaeger.
    case sourceSwitched
    case askedAgain
}
