package import SomaCore
package import SomaTerminal

/// One event of a timeline.
package struct TimelineEntry: Sendable, Hashable, Identifiable {
    /// The seq of its first transition.
    package var id: Int
    /// When it began.
    package var at: Timestamp
    /// Who or where: a node, `You`, `Start`, `End`.
    package var label: String
    /// How it went.
    package var mark: RunMark?
    /// What happened.
    package var parts: [TimelinePart]
    /// How it came out, at the right.
    package var note: [TimelinePart] = []
    /// What is shown when it is unfolded.
    package var details: [TimelineDetail] = []
    /// The long quiet before it, if there was one.
    package var quiet: Quiet?

    /// A time in which nothing happened.
    package struct Quiet: Sendable, Hashable {
        package var length: Duration
        package var waitedForPerson: Bool
    }

    /// The words that its line needs.
    package var words: [ContentID] {
        parts.compactMap { part in
            switch part {
            case .words(let id): id
            case .arguments(let id), .reason(let id), .evidence(let id): id
            case .text, .dim, .arrow: nil
            }
        }
    }

    /// The words that its details need.
    package var detailWords: [ContentID] {
        details.compactMap { detail in
            switch detail {
            case .words(_, let id), .plan(let id), .evidence(let id), .arguments(let id): id
            case .json, .output: nil
            }
        }
    }
}

/// A part of an entry's line.
package enum TimelinePart: Sendable, Hashable {
    case text(String, ThemeRole = .text)
    case dim(String)
    case arrow
    case words(ContentID?)
    /// A call's arguments, on one line.
    case arguments(ContentID)
    /// The reason in the words of a question.
    case reason(ContentID)
    /// The check that decided a verdict.
    case evidence(ContentID)
}

/// Something that an unfolded entry shows.
package enum TimelineDetail: Sendable, Hashable {
    /// Words, pretty where they are JSON.
    case words(String, ContentID)
    /// A plan's steps with their criteria.
    case plan(ContentID)
    /// The checks behind a verdict.
    case evidence(ContentID)
    /// What a call is given, or what a question says: a member a line, long texts as they are.
    case arguments(ContentID)
    /// Structure.
    case json(String, JSON)
    /// Output of the effect as it came.
    case output(Int)
}
