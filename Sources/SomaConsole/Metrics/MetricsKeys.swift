extension MetricsView {
    static func bindings(_ state: AppState) -> [KeyMap.Binding] {
        let view = state.metricsView
        let isCrossed = view.crossHair != nil
        let hasPanels = !view.showsAlerts
        let bind = ViewKeys("metrics", KeyMeaning.metrics)
        return [
            bind(
                "whole",
                "enter",
                view.isWhole ? "all panels" : "panel",
                "The panel alone, and all again.",
                .wholeToggled,
                if: hasPanels
            ),
            bind(
                "cross-hair",
                "x",
                "cross-hair",
                "Read all panels at one moment, or no more; left and right move it.",
                .crossHairToggled,
                if: hasPanels
            ),
            bind(
                "peak",
                "p ^",
                "peak",
                "The cross-hair to where the selected panel is highest.",
                .peakSought,
                if: hasPanels
            ),
            bind(
                "runs",
                "o",
                "runs then",
                "The runs that were active at the cross-hair, or where the selected panel is highest.",
                .runsOpened,
                if: hasPanels
            ),
            bind(
                "moment",
                "t",
                "that moment",
                "The time cursor goes to the cross-hair, and every view with it.",
                .momentSought,
                if: hasPanels
            ),
            bind("zoom-in", "+ = i", "zoom", "Less time in sight.", .zoomed(1), if: hasPanels),
            bind("zoom-out", "- _ u", "zoom", "More time in sight.", .zoomed(-1), if: hasPanels),
            bind("earlier", "<", "earlier", "Earlier times.", .panned(-1), if: hasPanels),
            bind("later", ">", "later", "Later times.", .panned(1), if: hasPanels),
            bind(
                "pause",
                "space",
                view.isPaused ? "go on" : "pause",
                "Let the time in sight stand still, or go with the clock again.",
                .pauseToggled,
                if: hasPanels
            ),
            bind("now", "n", "now", "Back to the newest, without a cross-hair.", .nowWanted, if: hasPanels),
            bind("next", "] tab", "dashboard", "The next dashboard.", .dashboardChanged(1)),
            bind("last", "[", "dashboard", "The dashboard before.", .dashboardChanged(-1)),
            bind(
                "alerts",
                "A",
                view.showsAlerts ? "panels" : "alerts",
                "The alerts of a Prometheus server; the panels again.",
                .alertsToggled
            ),
        ]
            + (view.showsAlerts ? bind.moving { .alertsMoved($0) } : panelMoves(bind, isCrossed))
    }

    private static func panelMoves(_ bind: ViewKeys<MetricsMessage>, _ isCrossed: Bool) -> [KeyMap.Binding] {
        [
            bind(
                "right",
                "l right",
                isCrossed ? "later" : "right",
                "The panel to the right; with a cross-hair a later moment.",
                .moved(across: 1, down: 0)
            ),
            bind(
                "left",
                "h left",
                isCrossed ? "earlier" : "left",
                "The panel to the left; with a cross-hair an earlier moment.",
                .moved(across: -1, down: 0)
            ),
            bind("down", "j down", "down", "The panel below.", .moved(across: 0, down: 1)),
            bind("up", "k up", "up", "The panel above.", .moved(across: 0, down: -1)),
            bind(
                "far-right",
                "L",
                "later",
                "The cross-hair ten columns later.",
                .moved(across: 10, down: 0),
                if: isCrossed
            ),
            bind(
                "far-left",
                "H",
                "earlier",
                "The cross-hair ten columns earlier.",
                .moved(across: -10, down: 0),
                if: isCrossed
            ),
        ]
    }
}
