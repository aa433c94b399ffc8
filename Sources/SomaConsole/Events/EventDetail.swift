import SomaCore
import SomaTerminal

/// One transition in full: its own members, its body as JSON, and the words that it refers to.
struct EventDetail: Sendable {
    /// A line of it.
    struct Line: Sendable, Hashable {
        /// What it is, for its style.
        enum Kind: Sendable, Hashable { case title, member, json, text, placeholder }

        var text: String
        var kind: Kind
    }

    /// What the lines were made from.
    private struct Made: Hashable {
        var row: Int
        var isRead: Bool
        var words: [Bool]
        var clock: ClockFace
    }

    private(set) var lines: [Line] = []
    private var made: Made?

    /// The most lines of one text that are shown.
    static let linesMax = 2_000

    /// Makes the lines, where they aren't those of the same transition with the same words.
    /// - Parameters:
    ///   - row: The row.
    ///   - event: The transition, where it is at hand and can be read.
    ///   - text: The line as it is, where it can't be read.
    mutating func read(
        _ row: Int,
        _ event: Transition?,
        text: String?,
        clock: ClockFace,
        words: (ContentID) -> WordsState?
    ) {
        let states = event?.content.map { words($0.id) } ?? []
        let now = Made(
            row: row,
            isRead: event != nil || text?.isEmpty == false,
            words: states.map { $0 != nil && $0 != .loading },
            clock: clock
        )
        guard now != made else { return }
        made = now
        lines = []
        guard let event else { return tell(unreadable: text) }
        add("\(event.kind.name.firstLine)  \(event.run) / \(event.seq)", .title)
        members(event, clock)
        if !event.body.isEmpty {
            add("body", .title)
            add(JSON.object(event.body).text(.pretty), as: .json)
        }
        for (reference, state) in zip(event.content, states) {
            add(reference.name.firstLine, .title)
            add(state)
        }
    }

    private mutating func members(_ event: Transition, _ clock: ClockFace) {
        func add(_ name: String, _ value: String?) {
            guard let value, !value.isEmpty else { return }
            lines.append(Line(text: "\(name)  \(value.firstLine)", kind: .member))
        }
        add("at", "\(clock.day(event.at)):\(clock.time(event.at).suffix(2)), \(event.at)")
        add("role", event.agent)
        add("node", event.node)
        add("level", event.importance.name)
        add("attempt", event.attempt > 0 ? "\(event.attempt)" : nil)
        add("cause", event.cause.map { "\($0)" })
        add("more", event.more > 0 ? "\(event.more)" : nil)
        add("parent", event.parent?.rawValue)
        add("trace", event.trace)
        add("span", event.span)
        add("tenant", event.tenant == "local" ? nil : event.tenant)
        add("subject", event.subject == "local" ? nil : event.subject)
        if !event.unknown.isEmpty { add("unknown", JSON.object(event.unknown).text()) }
    }

    private mutating func tell(unreadable text: String?) {
        guard let text, !text.isEmpty else { return add("loading", .placeholder) }
        add("this line can't be read", .title)
        add(text, as: .text)
    }

    private mutating func add(_ state: WordsState?) {
        guard case .text(let text, let isCut) = state else {
            return add(state?.placeholder ?? "loading", .placeholder)
        }
        guard !text.isEmpty else { return add("empty", .placeholder) }
        let isJSON = !isCut && (text.utf8.first == 0x7B || text.utf8.first == 0x5B)
        if isJSON, let json = try? JSON.parse(text) {
            add(json.text(.pretty), as: .json)
        } else {
            add(text, as: .text)
            if isCut { add("there is more of it than the console keeps", .placeholder) }
        }
    }

    private mutating func add(_ text: String, as kind: Line.Kind) {
        let all = SafeText.lines(text)
        lines += all.prefix(Self.linesMax).map {
            Line(text: String($0.prefix(TextLimits.lineCharactersMax)), kind: kind)
        }
        if all.count > Self.linesMax {
            add("\(Amounts.grouped(all.count - Self.linesMax)) more lines", .placeholder)
        }
    }

    private mutating func add(_ text: String, _ kind: Line.Kind) {
        lines.append(Line(text: text, kind: kind))
    }
}
