import SomaCore

/// A plan's words: the steps' titles and how one knows that they were done.
package enum PlanWords {
    /// A step in words.
    package struct Step: Sendable, Hashable {
        package var title: String
        package var criterion: String
    }

    /// Reads a plan: a JSON array of objects with `title` and `criterion`, or of texts; empty for anything else.
    package static func steps(_ text: String) -> [Step] {
        guard let steps = (try? JSON.parse(text))?.array else { return [] }
        return steps.map { step in
            if let title = step.string { return Step(title: title.firstLine, criterion: "") }
            return Step(
                title: (step["title"]?.string ?? step["name"]?.string ?? step["id"]?.string ?? "").firstLine,
                criterion: (step["criterion"]?.string ?? "").firstLine
            )
        }
    }
}
