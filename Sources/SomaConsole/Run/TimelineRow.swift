package import SomaCore

/// A place in a timeline that stays where it is while other rows come and go.
package struct RowPlace: Sendable, Hashable, Comparable {
    /// The seq of the entry's first transition.
    package var entry: Int
    /// Which of the entry's lines: its details from 0 on, or one of the constants.
    package var line: Int
    /// Which row of a line that takes several.
    package var sub: Int

    /// The line that tells of a gap before the entry.
    package static let gap = -2
    /// The entry's own line.
    package static let head = -1

    package init(entry: Int, line: Int = RowPlace.head, sub: Int = 0) {
        self.entry = entry
        self.line = line
        self.sub = sub
    }

    package static func < (left: RowPlace, right: RowPlace) -> Bool {
        (left.entry, left.line, left.sub) < (right.entry, right.line, right.sub)
    }
}

/// One row of a timeline.
package struct TimelineRow: Sendable, Hashable {
    /// What it shows.
    package enum Content: Sendable, Hashable {
        /// An entry, and how many quiet transitions follow it.
        case entry(TimelineEntry, quiet: Int)
        /// A heading in an entry's details.
        case title(String)
        /// A row of a document, and what can be folded there.
        case detail(DocumentLine)
        /// A remark under a document.
        case remark(String)
        /// A stretch in which nothing happened.
        case gap(Duration, waited: Bool)
        /// A piece of time that went by, where gaps are shown as long as they were.
        case passed(Timestamp)
    }

    package var place: RowPlace
    package var content: Content
}
