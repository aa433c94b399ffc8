import SomaTerminal

extension KeyMap {
    /// The keys of the time cursor.
    static func replay(_ cursor: ReplayState?, hasTwo: Bool, isPinned: Bool) -> [Binding] {
        let bind = ViewKeys("replay", KeyMeaning.replay)
        let isPlaying = cursor?.isPlaying == true
        let skipsIdle = cursor?.skipsIdle != false
        return [
            bind("play", "space p", isPlaying ? "pause" : "play", "Play or pause.", .playToggled),
            bind("step", ".", "step", "One transition on.", .stepped(1)),
            bind("step-back", ",", "step", "One transition back.", .stepped(-1)),
            bind("run-step", "alt+.", "run", "The next transition of the selected run.", .ran(1)),
            bind("run-step-back", "alt+,", "run", "The transition of the selected run before.", .ran(-1)),
            bind("next-error", "]", "error", "The next error.", .jumped(.error, forwards: true)),
            bind("last-error", "[", "error", "The error before.", .jumped(.error, forwards: false)),
            bind(
                "next-decision",
                "}",
                "decision",
                "The next time that a person was asked, answered, or stepped in.",
                .jumped(.person, forwards: true)
            ),
            bind(
                "last-decision",
                "{",
                "decision",
                "The time before that a person was asked, answered, or stepped in.",
                .jumped(.person, forwards: false)
            ),
            bind(
                "go",
                "@",
                "go to",
                "Type where to go: 14:02:11, +90s, -5m, 50%, #412, start, end.",
                .jumpAsked
            ),
            bind("bookmark", "b", "bookmark", "Keep this place, or forget it.", .bookmarkToggled),
            bind("next-bookmark", ")", "bookmark", "The next bookmark.", .bookmarkJumped(forwards: true)),
            bind("last-bookmark", "(", "bookmark", "The bookmark before.", .bookmarkJumped(forwards: false)),
            bind("faster", "+ =", "faster", "Play faster, up to 1000 times.", .speedChanged(1)),
            bind("slower", "- _", "slower", "Play slower, down to a tenth.", .speedChanged(-1)),
            bind(
                "idle",
                "I",
                skipsIdle ? "show idle" : "skip idle",
                "Show and play idle times as long as they were, or skip them.",
                .idleToggled
            ),
            bind("loop", "L", "loop", "Begin again at the end, or stop there.", .loopToggled),
            bind(
                "pin",
                "P",
                isPinned ? "unpin" : "pin",
                "With two views: the one with the keys stays at this moment, the other goes with the cursor.",
                .pinToggled,
                if: hasTwo || isPinned
            ),
            bind("start", "home", "start", "The recording's start.", .movedToStart),
            bind("end", "end", "end", "The recording's end.", .movedToEnd),
        ]
    }
}
