extension RunView {
    static func bindings(_ state: AppState) -> [KeyMap.Binding] {
        let isWaterfall = state.runView.form == .waterfall
        let bind = ViewKeys("run", KeyMeaning.run)
        return [
            bind(
                "unfold",
                "enter space",
                isWaterfall ? "go there" : "unfold",
                "Details of the line; inside JSON, what the line opens. In the waterfall: to the event.",
                .foldToggled
            ),
            bind("unfold-all", "z", "all", "Details of all lines, or none.", .allToggled, if: !isWaterfall),
            bind("next-event", "J", "event", "The next event, past its details.", .steppedOver(1)),
            bind("last-event", "K", "event", "The event before.", .steppedOver(-1)),
            bind(
                "waterfall",
                "w",
                isWaterfall ? "timeline" : "waterfall",
                "Where the time went, and back to what happened.",
                .formToggled
            ),
            bind(
                "axis",
                "t",
                "axis",
                "In the waterfall: the time of the whole run, or of what is in sight.",
                .axisToggled,
                if: isWaterfall
            ),
            bind(
                "quiet",
                "v",
                state.runView.showsQuiet ? "fold quiet" : "every one",
                "Every transition, or what matters only.",
                .quietToggled,
                if: !isWaterfall
            ),
            bind("spacing", "i", "spacing", "Gaps as long as they were, or cut short.", .spacingToggled),
            bind("follow", "f", "follow", "Stay at the newest line.", .followToggled),
            bind("find-next", "n", "next", "The next match of what / looks for.", .found(forwards: true)),
            bind("find-last", "N", "previous", "The match before.", .found(forwards: false)),
            bind("copy", "y", "copy", "Copy the line, with its details where they are unfolded.", .copied),
            bind("child", "o", "child", "The run that the line delegated to.", .childOpened),
            bind.app("plan", "g", "plan", "The run's plan graph.", .openPlan),
        ]
            + bind.moving { .moved($0) }
    }
}
