package import SomaCore
package import SomaTerminal

/// One event of a timeline, as it stood at some place in the log.
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
    /// Whether it is shown only where everything is.
    package var isQuiet = false
    /// The run that it leads to.
    package var child: RunID?
    /// The effect that is under way in it, whose output may come in.
    package var running: Int?

    /// The words that its line needs.
    package var words: [ContentID] { (parts + note).flatMap(\.words) }
    /// The words that its details need.
    package var detailWords: [ContentID] { details.flatMap(\.words) }
}

/// A part of an entry's line.
package enum TimelinePart: Sendable, Hashable {
    case text(String, ThemeRole = .text)
    case dim(String)
    case arrow
    case words(ContentID?)
    /// The beginning of a report, without the marks of a heading.
    case report(ContentID)
    /// A call's arguments, on one line.
    case arguments(ContentID)
    /// The reason in the words of a question.
    case reason(ContentID)
    /// The check that decided a verdict.
    case evidence(ContentID)
    /// What a person changed in a call's arguments.
    case edits(from: ContentID?, to: ContentID)

    var words: [ContentID] {
        switch self {
        case .words(let id): [id].compactMap { $0 }
        case .report(let id), .arguments(let id), .reason(let id), .evidence(let id): [id]
        case .edits(let from, let to): [from, to].compactMap { $0 }
        case .text, .dim, .arrow: []
        }
    }
}

/// Something that an unfolded entry shows.
package enum TimelineDetail: Sendable, Hashable {
    /// Words under a heading, as what they look like.
    case words(String, ContentID)
    /// A report: Markdown unless it looks like something else.
    case report(String, ContentID)
    /// A plan's steps with their criteria.
    case plan(ContentID)
    /// The checks behind a verdict.
    case evidence(ContentID)
    /// What a call is given, or what a question says: a member a line, long texts as they are.
    case arguments(ContentID)
    /// What a person made of a call's arguments.
    case edits(from: ContentID?, to: ContentID)
    /// Structure.
    case json(String, JSON)
    /// Output of the effect as it came.
    case output(Int)

    var words: [ContentID] {
        switch self {
        case .words(_, let id), .report(_, let id), .plan(let id), .evidence(let id), .arguments(let id): [id]
        case .edits(let from, let to): [from, to].compactMap { $0 }
        case .json, .output: []
        }
    }
}
