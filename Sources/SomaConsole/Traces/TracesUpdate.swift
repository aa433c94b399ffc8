import SomaCore
import SomaTerminal
import SomaTraces

extension AppState {
    private var tracesVisible: Int { max(0, FrameLayout(self).body.rows - 2) }

    private var tracesCount: Int {
        tracesView.part == .services ? tracesView.services.count : tracesView.rows.count
    }

    mutating func update(traces message: TracesMessage) -> [AppEffect] {
        switch message {
        case .moved(let move):
            tracesView.list.move(move, count: tracesCount, page: tracesVisible - 1)
            selectInTraces()
        case .selected(let place):
            tracesView.list.select(place, count: tracesCount)
            selectInTraces()
        case .opened:
            switch tracesView.part {
            case .found: if let trace = tracesView.selected { open(.trace(trace)) }
            case .services:
                guard let service = tracesView.selectedService else { break }
                tracesView.filter = "service:" + (service.contains(" ") ? "\"\(service)\"" : service)
                tracesView.part = .found
                tracesView.list = ListState(selected: 0)
            }
        case .partToggled:
            tracesView.part = tracesView.part == .found ? .services : .found
            tracesView.list = ListState(selected: 0)
        case .orderChanged:
            let orders = FoundTrace.Order.allCases
            let next = ((orders.firstIndex(of: tracesView.order) ?? 0) + 1) % orders.count
            tracesView.order = orders[next]
        case .askedAgain: tracesView.search = nil
        }
        return []
    }

    private mutating func selectInTraces() {
        guard let place = tracesView.list.selected else { return }
        switch tracesView.part {
        case .found:
            tracesView.selected = tracesView.rows.indices.contains(place) ? tracesView.rows[place].id : nil
        case .services:
            tracesView.selectedService =
                tracesView.services.indices.contains(place) ? tracesView.services[place] : nil
        }
    }

    /// The service that is searched where the filter names none: Soma's own, or the only one there is.
    private var usualService: String? {
        guard let services = traces.services else { return nil }
        if services.contains(Self.ownService) { return Self.ownService }
        return services.count == 1 ? services[0] : nil
    }

    /// What the daemon calls itself where it exports its spans.
    static let ownService = "somad"

    /// Brings the search, what it found and the selection up to date.
    mutating func arrangeTraces() {
        do throws(FilterError) {
            tracesView.typed = try TraceFilter(tracesView.filter)
            tracesView.trouble = nil
        } catch { tracesView.trouble = error }
        searchTraces()
        if let number = tracesView.search?.number, let found = traces.found[number] {
            tracesView.found = found
            tracesView.hasFound = true
        }
        let (typed, order) = (tracesView.typed, tracesView.order)
        tracesView.rows = tracesView.found.filter { typed.matches($0) }.sorted { order.isBefore($0, $1) }
        let words = tracesView.typed.words
        tracesView.services = (traces.services ?? []).filter { name in
            let name = name.lowercased()
            return words.allSatisfy { name.contains($0) }
        }
        let place =
            tracesView.part == .found
            ? tracesView.selected.flatMap { id in tracesView.rows.firstIndex { $0.id == id } }
            : tracesView.selectedService.flatMap { tracesView.services.firstIndex(of: $0) }
        tracesView.list.selected = place ?? min(tracesView.list.selected ?? 0, max(0, tracesCount - 1))
        tracesView.list = tracesView.list.fitted(count: tracesCount, visible: tracesVisible)
        selectInTraces()
    }

    /// Asks Jaeger where the filter asks for something else than the last time.
    private mutating func searchTraces() {
        guard traces.address != nil, let service = tracesView.typed.service ?? usualService else { return }
        let run = tracesView.typed.run.flatMap { prefix -> String? in
            let runs = fleet.runs(prefix: prefix)
            return runs.count == 1 ? runs[0].id.rawValue : nil
        }
        // While a filter is being typed nothing is asked for each letter.
        if case .filter? = prompt?.purpose { return }
        let question = tracesView.typed.question
        if let old = tracesView.search {
            if old.service == service, old.run == run, old.question == question { return }
        }
        let query = question.query(service: service, run: run, now: now)
        let number = traces.ask { .search($0, query) }
        tracesView.search = .init(number: number, service: service, run: run, question: question)
    }

    /// Whether the last question has no answer yet.
    var isSearchingTraces: Bool {
        guard let number = tracesView.search?.number else { return false }
        return traces.found[number] == nil && traces.failed[number] == nil
    }
}
