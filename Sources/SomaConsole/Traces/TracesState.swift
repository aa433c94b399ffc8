package import SomaCore
package import SomaTerminal
import SomaTraces

/// What a person is doing in the list of traces.
package struct TracesState: Sendable {
    /// What is listed.
    package enum Part: Sendable, Hashable { case found, services }

    /// What was asked of Jaeger.
    package struct Search: Sendable, Hashable {
        /// Its own number.
        package var number: Int
        package var service: String
        /// The whole id of the run that the filter names.
        package var run: String?
        /// The filter, without the words that what was found is searched for.
        package var question: TraceFilter
    }

    package var part = Part.found
    package var list = ListState(selected: 0)
    /// The selected trace, or service.
    package var selected: TraceID?
    package var selectedService: String?
    /// The filter as it is typed, and as it was last understood.
    package var filter = ""
    package var typed = TraceFilter()
    package var trouble: FilterError?
    package var order = FoundTrace.Order.newest
    package var search: Search?
    /// What the last search that was answered found.
    var found: [FoundTrace] = []
    /// Whether any search was answered.
    var hasFound = false
    /// What is listed, in order.
    package var rows: [FoundTrace] = []
    package var services: [String] = []

    package init() {}
}

/// What happens in the list of traces.
package enum TracesMessage: Sendable, Hashable {
    case moved(ListMove)
    case selected(Int)
    case opened
    case partToggled
    case orderChanged
    case askedAgain
}
