package import SomaCore

/// Transitions on their way into a file, page by page, so that no key waits for a million of them.
///
/// Which rows are written is settled when it begins; what arrives meanwhile is not among them.
package struct EventExport: Sendable {
    /// Where the transitions are.
    enum Place: Sendable {
        /// At hand; the row that the first of them is.
        case kept([Transition], first: Int)
        /// In the recording in sight, read a page at a time.
        case recording
    }

    /// Tells it from those before.
    package var number: Int
    /// The file, as it was typed.
    package var path: String
    /// How many have been written.
    package private(set) var written = 0
    /// How many can't be read and are left out.
    package private(set) var unreadable = 0
    /// How many rows there are to write.
    package var total: Int
    /// Where they are.
    let place: Place
    /// The rows that pass, counted from `base`; `nil` for all.
    private let matches: MatchSet?
    private let base: Int
    /// The rows that have not been looked at.
    private var left: Range<Int>

    /// How many are read and written at once.
    package static let pageRows = 4_096

    init(_ number: Int, _ path: String, _ place: Place, _ rows: Range<Int>, _ search: EventSearch?) {
        self.number = number
        self.path = path
        self.place = place
        matches = search?.matches
        base = search?.base ?? 0
        left = rows
        total = search?.matches.count ?? rows.count
    }

    /// The rows of the next page; none after the last.
    mutating func nextPage() -> [Int] {
        guard let matches else {
            let page = left.prefix(Self.pageRows)
            left = page.endIndex..<left.upperBound
            return Array(page)
        }
        var page: [Int] = []
        var row = matches.next(after: left.lowerBound - base - 1)
        while let found = row, found + base < left.upperBound, page.count < Self.pageRows {
            page.append(found + base)
            row = matches.next(after: found)
        }
        left = (page.last.map { $0 + 1 } ?? left.upperBound)..<left.upperBound
        return page
    }

    mutating func note(written: Int, unreadable: Int = 0) {
        self.written += written
        self.unreadable += unreadable
    }
}

/// What the shell does for an export.
package enum ExportStep: Sendable, Hashable {
    /// Begins a file beside the one that was named.
    case begin(Int, path: String, replaces: Bool)
    /// Writes transitions, each a line.
    case append(Int, [Transition])
    /// Gives the file its name.
    case finish(Int)
    /// Leaves nothing behind.
    case cancel(Int)
}

/// What became of a step.
package enum ExportNews: Sendable, Hashable {
    /// There is room for the next page.
    case ready
    /// The file is there.
    case done
    /// Nothing was written; a sentence why.
    case failed(String)
}

extension AppState {
    /// Begins to write the transitions that the filter in sight shows into a file.
    mutating func writeEvents(_ path: String, replaces: Bool) -> [AppEffect] {
        if let export {
            notice = Notice("\(export.path) is being written; esc stops it.", .bad)
            return []
        }
        let rows = eventRows(of: view.run)
        let search = eventsView.search
        if let search, isBehind(search, rows) {
            let percent = Int(min(max(0, search.share), 1) * 100)
            notice = Notice("Not written: the search is at \(percent) %; write once it is through.", .bad)
            return []
        }
        let place: EventExport.Place =
            switch rows {
            case .recording: .recording
            case .stream: .kept(stream.kept, first: stream.base)
            case .journal(let run, _): .kept(journals[run]?.transitions ?? [], first: 0)
            }
        exportsBegun += 1
        let export = EventExport(exportsBegun, path, place, rows.range, search)
        guard export.total > 0 else {
            notice = Notice("Not written: there is no transition to write.", .bad)
            return []
        }
        self.export = export
        return [.export(.begin(export.number, path: path, replaces: replaces))]
    }

    /// Whether there are rows that the filter has not been asked about. A flood is always ahead by some.
    private func isBehind(_ search: EventSearch, _ rows: EventRows) -> Bool {
        guard !rows.isRecording else { return !search.isDone }
        return rows.range.upperBound - search.scanned > EventSearch.rowsPerStep
    }

    /// Takes what became of a step, and takes the next one.
    mutating func update(export number: Int, _ news: ExportNews) -> [AppEffect] {
        guard let export, export.number == number else { return [] }
        switch news {
        case .ready: return exportPage()
        case .done:
            self.export = nil
            let count = Amounts.grouped(export.written)
            let what = export.written == 1 ? "transition is" : "transitions are"
            let left =
                export.unreadable == 0
                ? "." : "; \(Amounts.grouped(export.unreadable)) that can't be read are left out."
            notice = Notice("\(count) \(what) in \(export.path)\(left)", .good)
        case .failed(let reason):
            self.export = nil
            notice = Notice(reason, .bad)
        }
        return []
    }

    private mutating func exportPage() -> [AppEffect] {
        guard let number = export?.number, let page = export?.nextPage(), let place = export?.place else {
            return []
        }
        guard !page.isEmpty else { return [.export(.finish(number))] }
        switch place {
        case .recording: return [.send(.page(number, page))]
        case .kept(let transitions, let first):
            let found = page.map { transitions[$0 - first] }
            export?.note(written: found.count)
            return [.export(.append(number, found))]
        }
    }

    /// Takes a page of a recording.
    mutating func take(page rows: [RecordingRow], of number: Int) -> [AppEffect] {
        guard export?.number == number else { return [] }
        let found = rows.compactMap(\.transition)
        export?.note(written: found.count, unreadable: rows.count - found.count)
        return [.export(.append(number, found))]
    }

    /// Stops writing; nothing is left behind.
    mutating func stopExport(because reason: String = "") -> [AppEffect] {
        guard let export else { return [] }
        self.export = nil
        notice = Notice("Stopped\(reason): \(export.path) was not written.")
        return [.export(.cancel(export.number))]
    }
}
