extension TraceView {
    static func bindings(_ state: AppState) -> [KeyMap.Binding] {
        let view = state.traceView
        let hasSpan = view.selected != nil
        let bind = ViewKeys("trace", KeyMeaning.trace)
        let isOfRun = if case .run? = view.subject { true } else { false }
        return [
            bind.detail(
                "The span in full: attributes, events, links, process.",
                isOpen: view.hasDetail,
                .detailToggled,
                if: hasSpan
            ),
            bind(
                "fold",
                "space",
                "fold",
                "Hide what is inside the span, or show it.",
                .foldToggled,
                if: hasSpan
            ),
            bind(
                "into",
                "right l",
                "into",
                "Open the span, or go into it.",
                .stepped(into: true),
                if: hasSpan
            ),
            bind(
                "out",
                "left h",
                "out",
                "Fold the span, or go to what is around it.",
                .stepped(into: false),
                if: hasSpan
            ),
            bind(
                "all",
                "z",
                "all",
                "Everything, or what is on the first level only.",
                .allToggled,
                if: hasSpan
            ),
            bind(
                "critical",
                "c",
                view.shape.isCriticalOnly ? "every span" : "critical",
                "Only what was waited for, or everything.",
                .criticalToggled,
                if: hasSpan
            ),
            bind(
                "next-error",
                "e",
                "error",
                "The next span that failed.",
                .errorSought(forwards: true),
                if: hasSpan
            ),
            bind(
                "last-error",
                "E",
                "error",
                "The span before that failed.",
                .errorSought(forwards: false),
                if: hasSpan
            ),
            bind("next", "n", "next", "The next match of what / looks for.", .matchSought(forwards: true)),
            bind("last", "N", "previous", "The match before.", .matchSought(forwards: false)),
            bind(
                "fit",
                "f",
                view.window == nil ? "fit" : "whole",
                "The axis shows the span's time, or the whole again.",
                .fitted,
                if: hasSpan
            ),
            bind("zoom-in", "+ =", "zoom", "Half as much time, around the span.", .zoomed(closer: true)),
            bind("zoom-out", "- _", "zoom out", "Twice as much time.", .zoomed(closer: false)),
            bind(
                "pan-left",
                "< shift+left",
                "earlier",
                "Earlier times, where the axis shows a part.",
                .panned(-1)
            ),
            bind(
                "pan-right",
                "> shift+right",
                "later",
                "Later times, where the axis shows a part.",
                .panned(1)
            ),
            bind(
                "spacing",
                "i",
                "spacing",
                "Quiet times as long as they were, or cut short.",
                .spacingToggled
            ),
            bind(
                "run",
                "o",
                "run",
                "What the span's run did, at the span's beginning.",
                .runOpened,
                if: hasSpan
            ),
            bind(
                "moment",
                "t",
                "moment",
                "The time cursor goes to the span's start.",
                .momentSought,
                if: hasSpan
            ),
            bind(
                "source",
                "v",
                isOfRun ? "Jaeger's" : "the log's",
                "The same span in Jaeger's trace, or in the one that is drawn from the run's log.",
                .sourceSwitched,
                if: hasSpan && (!isOfRun || state.traces.address != nil)
            ),
            bind("again", "r", "again", "Ask Jaeger for the trace again.", .askedAgain, if: !isOfRun),
            bind(
                "copy",
                "y",
                "copy link",
                "Copy the address of the span's page in Jaeger; its ids without one.",
                .copied,
                if: hasSpan
            ),
            bind(
                "page",
                "Y",
                "browser",
                "Open the span's page in a browser.",
                .pageOpened,
                if: hasSpan && state.traces.address != nil
            ),
        ] + bind.scrolling("span", isOpen: view.hasDetail) { .detailScrolled($0) }
            + bind.moving(ends: ("home", "end")) { .moved($0) }
    }
}
