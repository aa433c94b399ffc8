extension KafkaView {
    static func bindings(_ state: AppState) -> [KeyMap.Binding] {
        let view = state.kafkaView
        func bind(
            _ name: String,
            _ keys: String,
            _ title: String,
            _ description: String,
            _ message: KafkaMessage,
            if isEnabled: Bool = true
        ) -> KeyMap.Binding {
            KeyMap.bind("kafka.\(name)", keys, title, description, "kafka", .kafka(message), if: isEnabled)
        }
        return [
            bind(
                "open",
                "enter",
                "messages",
                "The topic's messages.",
                .opened,
                if: view.selected != nil && view.part == .topics
            ),
            bind(
                "groups",
                "g",
                view.part == .topics ? "groups" : "topics",
                "The groups that read, and how far they are behind; the topics again.",
                .partToggled
            ),
            bind(
                "internal",
                "i",
                "internal",
                "Kafka's own topics as well, or no more.",
                .internalToggled,
                if: view.part == .topics
            ),
        ] + KeyMap.moving("kafka") { .kafka(.moved($0)) }
    }
}

extension TopicView {
    static func bindings(_ state: AppState) -> [KeyMap.Binding] {
        let view = state.topicView
        let hasRecord = view.selected != nil
        let isRun = hasRecord && state.selectedRecord?.transition != nil
        func bind(
            _ name: String,
            _ keys: String,
            _ title: String,
            _ description: String,
            _ message: TopicMessage,
            if isEnabled: Bool = true
        ) -> KeyMap.Binding {
            KeyMap.bind("topic.\(name)", keys, title, description, "topic", .topic(message), if: isEnabled)
        }
        return [
            bind(
                "detail",
                "enter",
                view.hasDetail ? "close" : "detail",
                "The message in full.",
                .detailToggled,
                if: hasRecord
            ),
            bind("follow", "f", "follow", "Stay at the newest message.", .followToggled),
            bind(
                "pause",
                "space",
                view.isPaused ? "go on" : "pause",
                "Read nothing for a while, and go on where it was: nothing is lost.",
                .pauseToggled
            ),
            bind(
                "from",
                "F",
                "from",
                "Read from somewhere else: a time, an offset, the beginning.",
                .startAsked
            ),
            bind(
                "bookmark",
                "b",
                "bookmark",
                "Mark the message, or no more.",
                .bookmarkToggled,
                if: hasRecord
            ),
            bind("next", "n", "next", "The next bookmark.", .bookmarkSought(forwards: true)),
            bind("last", "N", "last", "The bookmark before.", .bookmarkSought(forwards: false)),
            bind("open", "o", "run", "What the message's run did.", .runOpened, if: isRun),
            bind("moment", "t", "moment", "The message's run as it was then.", .momentSought, if: isRun),
            bind(
                "folds",
                "z",
                "folds",
                "Open everything that is nested in the message, or close it.",
                .foldsToggled,
                if: view.hasDetail
            ),
            bind(
                "detail-down",
                "J",
                "scroll",
                "The full message a line down.",
                .detailScrolled(1),
                if: view.hasDetail
            ),
            bind(
                "detail-up",
                "K",
                "scroll",
                "The full message a line up.",
                .detailScrolled(-1),
                if: view.hasDetail
            ),
        ] + KeyMap.moving("topic") { .topic(.moved($0)) }
    }
}
