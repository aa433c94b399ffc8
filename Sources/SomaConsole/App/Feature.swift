import SomaCore
import SomaTerminal

/// What the frame asks of a view. Each feature folder has one; the frame knows no more of it than this.
///
/// All of it is about the pane that has the focus in the state that is given: the frame lets each pane in sight have
/// it in turn.
protocol Feature {
    /// Brings what is derived up to date: rows, scrolling, selection. Called once for any number of messages, and
    /// before a key is looked up, so its cost must follow what is new.
    static func arrange(_ state: inout AppState)
    /// Draws the view; the state is arranged.
    static func draw(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look)
    /// The view's part of the key table.
    static func bindings(_ state: AppState) -> [KeyMap.Binding]
    /// The names of the bindings that the footer shows, as many as fit, the most useful first.
    static var hints: [String] { get }
    /// The words that what is in sight needs.
    static func wantedWords(_ state: AppState) -> [ContentID?]
    /// The run that the view is about, or that is selected in it: what steering keys act on.
    static func selectedRun(_ state: AppState) -> RunID?
    /// The seq of the transition that is selected in the view's run; `nil` where none is.
    static func selectedTransition(_ state: AppState) -> Int?
    /// How many things the list in sight shows, and how many there are; `nil` where it isn't a list.
    static func counts(_ state: AppState) -> (shown: Int, total: Int)?
    /// What so many of the things in the list are called: `run`, `runs`.
    static func noun(_ count: Int) -> String
    /// How many things are marked, in sight or not.
    static func marked(_ state: AppState) -> Int
    /// The filter of the list in sight; `nil` where there is nothing to filter.
    static var filter: WritableKeyPath<AppState, String>? { get }
    /// What is wrong with the filter as it is typed.
    static func filterTrouble(_ state: AppState) -> FilterError?
    /// Answers the mouse; the rectangle is the view's.
    static func update(_ state: inout AppState, mouse: MouseEvent, in rect: Rect) -> [AppEffect]
}

extension Feature {
    static func wantedWords(_ state: AppState) -> [ContentID?] { [] }
    static func selectedRun(_ state: AppState) -> RunID? { state.view.run }
    static func selectedTransition(_ state: AppState) -> Int? { nil }
    static func counts(_ state: AppState) -> (shown: Int, total: Int)? { nil }
    static func marked(_ state: AppState) -> Int { 0 }
    static func noun(_ count: Int) -> String { count == 1 ? "run" : "runs" }
    static var filter: WritableKeyPath<AppState, String>? { nil }
    static func filterTrouble(_ state: AppState) -> FilterError? { nil }
    static func update(_ state: inout AppState, mouse: MouseEvent, in rect: Rect) -> [AppEffect] { [] }
}

extension MouseEvent {
    /// How many rows the wheel turned; 0 for anything else.
    var wheelRows: Int {
        switch action {
        case .scrollUp: -3
        case .scrollDown: 3
        default: 0
        }
    }
}

extension ListState {
    /// Moves the selection.
    mutating func move(_ move: ListMove, count: Int, page: Int) {
        switch move {
        case .rows(let rows): self.move(by: rows, count: count)
        case .pages(let pages): self.move(by: pages * max(1, page), count: count)
        case .top: select(0, count: count)
        case .bottom: select(count - 1, count: count)
        }
    }
}
