import SomaCore
import SomaTerminal

/// What waits for a person, across all runs.
enum ApprovalsView: Feature {
    static let hints = ["app.help", "app.back"]

    static func arrange(_ state: inout AppState) {}

    static func draw(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        look.draw(StyledLine("nothing here yet", look[.dim]), on: &canvas, in: rect.inset(columns: 2))
    }
}
