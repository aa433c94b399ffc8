extension KafkaView {
    static func bindings(_ state: AppState) -> [KeyMap.Binding] {
        let view = state.kafkaView
        let bind = ViewKeys("kafka", KeyMeaning.kafka)
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
        ] + bind.moving { .moved($0) }
    }
}

extension TopicView {
    static func bindings(_ state: AppState) -> [KeyMap.Binding] {
        let view = state.topicView
        let hasRecord = view.selected != nil
        let isRun = hasRecord && state.selectedRecord?.transition != nil
        let bind = ViewKeys("topic", KeyMeaning.topic)
        return [
            bind.detail("The message in full.", isOpen: view.hasDetail, .detailToggled, if: hasRecord),
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
                "trace",
                "w",
                "trace",
                "The trace that the message belongs to, at the span that it came from.",
                .traceOpened,
                if: hasRecord
            ),
            bind(
                "folds",
                "z",
                "folds",
                "Open everything that is nested in the message, or close it.",
                .foldsToggled,
                if: view.hasDetail
            ),
        ] + bind.scrolling("message", isOpen: view.hasDetail) { .detailScrolled($0) }
            + bind.moving { .moved($0) }
    }
}
