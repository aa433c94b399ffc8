package import SomaCore
package import SomaTerminal

/// A graph without a run, drawn as the plan view draws it: for `soma graph show`.
package enum PlanSketch {
    /// The most rows that a sketch may have.
    package static let rowsMax = 2_000

    /// Draws a graph in the largest form that is no wider than a terminal.
    /// - Parameters:
    ///   - graph: The graph; subgraphs are drawn in their nodes' places.
    ///   - columns: The terminal's width.
    /// - Returns: The picture, or `nil` where none fits: then a list says it better.
    package static func canvas(_ graph: Graph, columns: Int, theme: Theme, glyphs: GlyphSet) -> Canvas? {
        let shape = PlanShape(graph.flattened())
        guard !shape.nodes.isEmpty, shape.links.count <= PlanPicture.linksMax else { return nil }
        for form in [PlanPicture.Form.roomy, .normal, .compact] {
            let picture = PlanPicture(
                PlanPicture.Subject(
                    shape: shape,
                    links: Array(shape.links.indices),
                    form: form,
                    hasAllWords: true,
                    columns: columns
                )
            )
            let size = picture.layout.size
            guard size.columns <= columns, size.rows <= rowsMax else { continue }
            var canvas = theme.canvas(size)
            let viewport = PlanViewport(Rect(size), content: size, focus: nil, wanted: nil)
            PlanDrawing(
                picture: picture,
                marks: PlanMarks(sketch: shape),
                isWhole: true,
                look: Look(theme: theme, glyphs: glyphs)
            ).draw(on: &canvas, viewport)
            return canvas
        }
        return nil
    }

    /// A graph as an indented list without characters that are there for their shape.
    package static func lines(_ graph: Graph) -> [String] {
        PlanText.lines(PlanShape(graph.flattened()), nil).map { SafeText.line($0) }
    }
}
