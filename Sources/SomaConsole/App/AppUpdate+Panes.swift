import SomaCore
import SomaTerminal

/// Views and the two parts of the screen that they can share.
extension AppState {
    /// Opens a view by name: for the selected run where it needs one.
    mutating func open(_ name: ViewName) {
        if let route = Route(name, run: selectedRun) { return show(route) }
        if name == .compare { return openCompare() }
        notice = Notice("Select a run first: \(name.rawValue) is about one.")
    }

    /// Opens the view that was left by going back.
    mutating func goForward() {
        guard let next = pane.ahead.popLast() else {
            notice = Notice("There is nothing to go forward to.")
            return
        }
        let ahead = pane.ahead
        show(next)
        pane.ahead = ahead
    }

    /// Puts a second pane beside the first, with what is selected in it; or takes the other one away.
    mutating func toggleSplit() {
        if panes.count > 1 {
            panes = [pane]
            focus = 0
            split.isZoomed = false
            return
        }
        guard FrameLayout.hasRoomForTwo(size, split) else {
            notice = Notice("There is no room for two views: the terminal is \(size).")
            return
        }
        let run = selectedRun
        var other = pane
        if let run, view.run == nil {
            other.route.append(.run(run))
        } else if view.run == nil {
            other.route = [.fleet, .approvals]
        } else if case .run(let id) = view {
            other.route = [.fleet, .plan(id)]
        } else if let id = view.run {
            other.route = [.fleet, .run(id)]
        }
        other.ahead = []
        panes.append(other)
    }

    /// Gives the keys to the other pane.
    mutating func focusOtherPane() {
        guard panes.count > 1 else { return }
        focus = (focus + 1) % panes.count
    }
}
