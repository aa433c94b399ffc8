import SomaTerminal

extension KeyMap {
    /// The keys of the time cursor.
    static func replay(isPlaying: Bool) -> [Binding] {
        func bind(
            _ name: String,
            _ key: String,
            _ title: String,
            _ description: String,
            _ message: ReplayMessage
        )
            -> Binding
        {
            Self.bind("replay.\(name)", key, title, description, "replay", .replay(message))
        }
        return [
            bind("play", "space p", isPlaying ? "pause" : "play", "Play or pause.", .playToggled),
            bind("step", ".", "step", "One transition on.", .stepped(1)),
            bind("step-back", ",", "step", "One transition back.", .stepped(-1)),
            bind("next-error", "]", "error", "The next error.", .jumped(isError: true, forwards: true)),
            bind("last-error", "[", "error", "The error before.", .jumped(isError: true, forwards: false)),
            bind(
                "next-decision",
                "}",
                "decision",
                "The next decision.",
                .jumped(isError: false, forwards: true)
            ),
            bind(
                "last-decision",
                "{",
                "decision",
                "The decision before.",
                .jumped(isError: false, forwards: false)
            ),
            bind("faster", "+ =", "faster", "Play faster.", .speedChanged(1)),
            bind("slower", "- _", "slower", "Play slower.", .speedChanged(-1)),
            bind("start", "home", "start", "The recording's start.", .movedToStart),
            bind("end", "end", "end", "The recording's end.", .movedToEnd),
        ]
    }
}
