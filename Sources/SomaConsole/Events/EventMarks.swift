import SomaCore
import SomaTerminal

/// Sets off in the rows what the filter found in them: by an underline too, as not everybody sees colours.
struct EventMarks {
    private let matcher: FilterMatcher
    private let style: Style

    /// - Returns: `nil` where nothing is looked for.
    init?(_ filter: Filter, _ look: Look) {
        guard filter.terms.contains(where: { !$0.isNegated }) else { return nil }
        matcher = FilterMatcher(filter)
        style = look[.match].adding(.underline)
    }

    /// A text with what was found in it set off.
    /// - Parameters:
    ///   - whole: The text of which the line shows the beginning; `nil` where it shows all.
    ///   - names: The fields that it shows.
    func spans(
        _ span: StyledLine.Span,
        of whole: String? = nil,
        _ names: [String],
        isSelected: Bool
    ) -> [StyledLine.Span] {
        let places = matcher.places(in: whole ?? span.text, of: names)
        guard !places.isEmpty else { return [span] }
        // The selection brings its own colours.
        let found = isSelected ? span.style.adding([.underline, .bold]) : style
        var result: [StyledLine.Span] = []
        var offset = 0
        // Characters stay whole: half a cluster would be another one.
        for character in span.text {
            let end = offset + character.utf8.count
            let isFound = places.contains { $0.lowerBound < end && $0.upperBound > offset }
            offset = end
            let new = isFound ? found : span.style
            if result.last?.style == new {
                result[result.count - 1].text.append(character)
            } else {
                result.append(.init(String(character), new))
            }
        }
        return result
    }
}

/// How a cell of a row is drawn: quiet or not, with what was found in it set off.
struct EventCell {
    /// What was looked for; `nil` where the row isn't among what was found.
    var marks: EventMarks?
    var isSelected: Bool
    /// The style of a row that says little; `nil` for any other.
    var quiet: Style?

    /// A text, set off where something was found.
    /// - Parameter names: The fields that it shows.
    func spans(_ span: StyledLine.Span, of whole: String? = nil, _ names: [String]) -> [StyledLine.Span] {
        let span = quiet.map { StyledLine.Span(span.text, $0) } ?? span
        return marks?.spans(span, of: whole, names, isSelected: isSelected) ?? [span]
    }

    /// A cell of one text.
    func line(_ text: String, _ style: Style, _ name: String, of whole: String? = nil) -> StyledLine {
        StyledLine(spans(.init(text, style), of: whole, [name]))
    }
}
