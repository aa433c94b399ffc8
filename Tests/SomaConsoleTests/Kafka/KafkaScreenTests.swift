import SomaCore
import SomaTerminal
import SomaTesting
import Testing

@testable import SomaConsole

/// A console that looks at a Kafka.
enum KafkaStory {
    static func cluster(written: Int64 = 1_204_412, at: Timestamp = start) -> KafkaCluster {
        func topic(_ name: String, _ parts: [Int32: Range<Int64>], leaderless: Int = 0) -> KafkaCluster.Topic
        {
            .init(name: name, partitions: parts, leaderless: leaderless)
        }
        return KafkaCluster(
            at: at,
            address: "kafka:9092",
            topics: [
                topic("__consumer_offsets", [0: 0..<90]),
                topic("conversation.inbound", [0: 0..<41, 1: 0..<39]),
                topic("orchestrator.transitions", [0: 100..<written, 1: 0..<900_000]),
                topic("orders\u{1B}[31m", [:], leaderless: 2), topic("tool.requests", [0: 0..<0]),
            ],
            groups: [
                .init(name: "billing", state: "Empty", members: 0, lag: ["orchestrator.transitions": 48_113]),
                .init(
                    name: "secret",
                    state: "Stable",
                    members: 3,
                    lag: [:],
                    trouble: "Not known: Broker: Group authorization failed\u{1B}[31m."
                ),
                .init(
                    name: "workers",
                    state: "Stable",
                    members: 2,
                    lag: ["conversation.inbound": 0, "tool.requests": 0]
                ),
            ]
        )
    }

    static func console(_ size: Size) -> TestConsole {
        var console = TestConsole.with(Stories.mix, size: size)
        console.state.kafka.isNamed = true
        console.press("9")
        console.feed(.kafka(.cluster(cluster())))
        console.feed(.kafka(.cluster(cluster(written: 1_208_212, at: start + .seconds(2)))))
        return console
    }

    /// Messages of all kinds: transitions, another event, JSON, text, bytes, a tombstone and what wants to be a terminal's.
    static var batch: TopicBatch {
        var batch = TopicBatch()
        let texts: [[UInt8]?] = [
            Array(
                #"{"specversion":"1.0","type":"order.paid.v1","source":"/shop","subject":"4711","data":{"total":12.5}}"#
                    .utf8
            ),
            Array(#"{"total":12.5,"lines":[{"sku":"a","count":2},{"sku":"b","count":1}]}"#.utf8),
            Array("plain words, 東京, and a line\nbreak".utf8), [0x00, 0x01, 0xFE, 0x1B, 0x5B], nil,
            Array("\u{1B}]0;owned\u{07}\u{1B}[2J clear".utf8),
        ]
        let transitions = Stories.mix.merged.suffix(12)
        batch.records = texts.enumerated().map { index, value in
            TopicRecord(
                .init(0, Int64(index)),
                at: start + .seconds(index),
                key: index == 3 ? [0xFF, 0x00] : Array("key-\(index)".utf8),
                value: value,
                headers: [.init("trace", Array("4bf92f".utf8)), .init("none", nil)]
            )
        }
        batch.records += transitions.enumerated().map { index, transition in
            TopicRecord(
                .init(1, Int64(index)),
                at: transition.at,
                key: Array(transition.run.rawValue.utf8),
                value: transition.cloudEvent()
            )
        }
        batch.read = 40
        batch.begin = [0: 0, 1: 0]
        return batch
    }

    static func topic(_ size: Size) -> TestConsole {
        var console = console(size)
        console.press("j enter")
        console.feed(.kafka(.batch(1, batch)))
        return console
    }
}

@Suite("Kafka screens")
struct KafkaScreenTests {
    @Test("topics with what they hold, how fast they grow and who reads them", arguments: sizes)
    func topics(size: Size) throws {
        try expectGolden(KafkaStory.console(size).canvas(), "Kafka/topics-\(size)")
    }

    @Test("groups with how far they are behind; all topics; a cluster that is lost")
    func groups() throws {
        var console = KafkaStory.console(Size(columns: 120, rows: 24))
        console.press("g")
        try expectGolden(console.canvas(), "Kafka/groups-120x24")
        console.press("g i")
        console.feed(.kafka(.lost("Nobody answers at kafka:9092.")))
        console.at(console.state.now + .seconds(7))
        try expectGolden(console.canvas(), "Kafka/lost-120x24")
    }

    @Test("messages of all kinds, the newest in sight", arguments: sizes)
    func messages(size: Size) throws {
        try expectGolden(KafkaStory.topic(size).canvas(), "Kafka/messages-\(size)")
    }

    @Test("a message in full: JSON, bytes, a tombstone")
    func detail() throws {
        for (row, name) in [(0, "event"), (1, "json"), (3, "binary"), (4, "tombstone"), (5, "hostile")] {
            var console = KafkaStory.topic(Size(columns: 120, rows: 40))
            console.press("home" + String(repeating: " j", count: row) + " enter")
            try expectGolden(console.canvas(), "Kafka/detail-\(name)-120x40")
        }
        var console = KafkaStory.topic(Size(columns: 80, rows: 24))
        console.press("home j enter")
        try expectGolden(console.canvas(.ascii, theme: .mono), "Kafka/detail-ascii-80x24")
    }

    @Test("without a Kafka it says how to name one; an empty topic and one that is gone say so")
    func empty() throws {
        var console = TestConsole.with(Stories.mix, size: .standard)
        console.press("9")
        try expectGolden(console.canvas(), "Kafka/unnamed-80x24")
        console = KafkaStory.console(.standard)
        console.press("j enter")
        try expectGolden(console.canvas(), "Kafka/loading-80x24")
        var batch = TopicBatch()
        batch.begin = [0: 5]
        console.feed(.kafka(.batch(1, batch)))
        try expectGolden(console.canvas(), "Kafka/nothing-80x24")
        console.feed(.kafka(.ended(1, "Kafka has no topic orchestrator.transitions.")))
        try expectGolden(console.canvas(), "Kafka/gone-80x24")
        // Of a long reason the end is in sight, too, which says what to do.
        console.feed(.kafka(.ended(1, String(repeating: "It answered with too much. ", count: 8) + "Do so.")))
        #expect(console.canvas().text.contains("Do so."))
    }
}

@Suite("Kafka in the console")
struct KafkaConsoleTests {
    @Test("the cluster is watched while it is in sight, and a topic read while it is on the way")
    func lifetimes() throws {
        var console = KafkaStory.topic(.standard)
        #expect(console.kafka.first == .watch(true))
        let reading = try TopicReading(
            number: 1,
            topic: "orchestrator.transitions",
            start: .last(100),
            filter: TopicFilter("")
        )
        #expect(console.kafka.last == .read(reading))
        console.press("1")
        #expect(console.kafka.last == .stop(1))
        #expect(console.kafka.contains(.watch(false)))
        #expect(console.state.kafka.logs.isEmpty)
        // What was on its way is nobody's concern any more.
        console.feed(.kafka(.batch(1, KafkaStory.batch)))
        #expect(console.state.kafka.logs.isEmpty)
    }

    /// The readings that were asked for.
    private func readings(_ console: TestConsole) -> [TopicReading] {
        console.kafka.compactMap { if case .read(let reading) = $0 { reading } else { nil } }
    }

    @Test("a topic that was left is read again when somebody comes back", arguments: ["esc", "1"])
    func comesBack(leaving: String) {
        var console = KafkaStory.topic(.standard)
        console.press("space \(leaving)")
        #expect(console.kafka.contains(.stop(1)))
        console.press(leaving == "esc" ? "enter" : "9 enter")
        #expect(console.state.view == .topic("orchestrator.transitions"))
        #expect(readings(console).map(\.number) == [1, 2])
        console.feed(.kafka(.batch(2, KafkaStory.batch)))
        #expect(console.state.topicLog.range.count == 18)
        #expect(!console.canvas().text.contains("paused"))
    }

    @Test("from reads anew, also from where the reading began that has ended")
    func fromAgain() {
        var console = KafkaStory.topic(.standard)
        console.feed(.kafka(.ended(1, "Kafka has no topic orchestrator.transitions.")))
        console.press("F")
        console.type("-100")
        console.press("enter")
        #expect(readings(console).map(\.number) == [1, 2])
        #expect(readings(console).map(\.start) == [.last(100), .last(100)])
        #expect(console.kafka.contains(.stop(1)))
    }

    @Test("a message of a topic that was made anew is shown in full as it is, where an older one stood")
    func madeAnew() {
        func record(_ text: String) -> TopicRecord {
            TopicRecord(.init(0, 0), at: start, key: nil, value: Array(text.utf8))
        }
        func shown(_ detail: TopicDetail) -> String {
            (0..<detail.count).flatMap { detail.rows(of: $0, columns: 80) }.map(\.text).joined(
                separator: "\n"
            )
        }
        var detail = TopicDetail()
        detail.read(record(#"{"order":["old"]}"#), of: "orders", clock: ClockFace())
        detail.toggleFolds()
        #expect(!shown(detail).contains("old"))
        detail.read(record(#"{"order":["new"]}"#), of: "orders", clock: ClockFace())
        #expect(shown(detail).contains("new"))
        // What was closed of the other message is open here, and closes at the first try.
        detail.toggleFolds()
        #expect(!shown(detail).contains("new"))
    }

    @Test("a partition that no broker answered for is no flood once it is answered for again")
    func rates() {
        func cluster(_ second: Int, _ partitions: [Int32: Range<Int64>]) -> KafkaCluster {
            KafkaCluster(
                at: start + .seconds(second),
                address: "kafka:9092",
                topics: [.init(name: "orders", partitions: partitions)],
                groups: []
            )
        }
        var facts = KafkaFacts()
        facts.take(cluster(0, [0: 0..<100, 1: 0..<1_000_000]))
        facts.take(cluster(2, [0: 0..<120]))
        #expect(facts.rates == ["orders": 10])
        facts.take(cluster(4, [0: 0..<120, 1: 0..<1_000_000]))
        #expect(facts.rates == ["orders": 0])
        // Made anew.
        facts.take(cluster(6, [0: 0..<5, 1: 0..<1_000_000]))
        #expect(facts.rates == [:])
    }

    @Test("long names that differ in the middle or at the end are told apart", arguments: [20, 30, 59])
    func longNames(columns: Int) {
        let start = String(repeating: "payments.", count: 8)
        let end = String(repeating: ".events", count: 8)
        let names = ["\(start)eu\(end)", "\(start)us\(end)", "\(start)us\(end).v1", "\(start)us\(end).v2"]
            .sorted()
        let cut = names.indices.map { place in
            let neighbours = [place - 1, place + 1].filter(names.indices.contains).map { names[$0] }
            return NameCut.cut(names[place], beside: neighbours, to: columns, mark: "…")
        }
        #expect(Set(cut).count == names.count, "\(cut)")
        #expect(cut.allSatisfy { $0.count == columns }, "\(cut)")
        #expect(NameCut.cut("orders", beside: names, to: columns, mark: "…") == "orders")
    }

    @Test("the list of topics at 80 columns shows where long names differ")
    func longTopics() {
        var console = KafkaStory.console(.standard)
        let topics = ["eu", "us"].map { region in
            KafkaCluster.Topic(
                name: "company.department.payments.\(region).settled.and.booked.events.v1",
                partitions: [0: 0..<1],
                leaderless: 0
            )
        }
        console.feed(
            .kafka(.cluster(KafkaCluster(at: start, address: "kafka:9092", topics: topics, groups: [])))
        )
        let rows = console.canvas().text.split(separator: "\n").filter { $0.contains("company.") }
        #expect(rows.count == 2 && Set(rows.map { $0.prefix(30) }).count == 2, "\(rows)")
    }

    @Test("that partitions of a topic have no leader is said above its messages")
    func leaderless() {
        var console = KafkaStory.console(Size(columns: 120, rows: 24))
        console.press("j j enter")
        #expect(console.canvas().text.contains("2 without a leader"))
    }

    @Test("another filter reads the same messages again, once it is typed; what is no filter reads nothing")
    func filters() throws {
        var console = KafkaStory.topic(.standard)
        console.press("/")
        console.type("total")
        #expect(console.kafka.count { if case .read = $0 { true } else { false } } == 1)
        console.press("enter")
        guard
            case .read(let reading)? = console.kafka.last(where: {
                if case .read = $0 { true } else { false }
            })
        else {
            Issue.record("nothing is read")
            return
        }
        #expect(reading.number == 2)
        #expect(reading.start == .offsets([0: 0, 1: 0]))
        #expect(reading.filter.text == "total")
        #expect(console.kafka.contains(.stop(1)))
        let count = console.kafka.count
        console.press("/")
        console.type(" /(")
        console.press("enter")
        #expect(console.kafka.count == count)
        #expect(console.state.topicView.trouble != nil)
    }

    @Test("another filter keeps the message that was selected, whenever it comes and if it does")
    func keepsSelection() {
        /// A reading that begins anew while the third message was selected, and its parts one by one.
        func console(_ parts: [ArraySlice<TopicRecord>], _ keys: String = "home j j") -> TestConsole {
            var console = KafkaStory.topic(.standard)
            console.press(keys)
            console.press("/")
            console.type("e")
            console.press("enter")
            for part in parts {
                var batch = KafkaStory.batch
                batch.records = Array(part)
                console.feed(.kafka(.batch(2, batch)))
            }
            return console
        }
        let records = KafkaStory.batch.records
        let third = TopicRecord.Place(0, 2)
        let one = records.indices.map { records[$0...$0] }
        for parts in [[records[...]], [records[..<2], records[2...]], one] {
            let console = console(parts)
            #expect(console.state.selectedRecord?.place == third)
            #expect(!console.state.topicView.isFollowing)
        }
        // Not among what passes; and where the newest was followed.
        #expect(console([records[3...]]).state.selectedRecord?.place == records.last?.place)
        #expect(console([records[...]], "end").state.selectedRecord?.place == records.last?.place)
        // Somebody has gone elsewhere meanwhile.
        var moved = console([records[..<2]])
        moved.press("k")
        var batch = KafkaStory.batch
        batch.records = Array(records[2...])
        moved.feed(.kafka(.batch(2, batch)))
        #expect(moved.state.selectedRecord?.place == records[0].place)
    }

    @Test("it follows the newest until somebody goes up, and says what is new below")
    func follows() {
        var console = KafkaStory.topic(.standard)
        #expect(console.state.topicView.selected == 17)
        console.press("k k")
        #expect(!console.state.topicView.isFollowing)
        console.feed(.kafka(.batch(1, TopicLogTests.batch(50..<60))))
        #expect(console.state.topicView.selected == 15)
        #expect(console.canvas().text.contains("10 new below"))
        console.press("f")
        #expect(console.state.topicView.selected == 27)
        console.press("space")
        #expect(console.kafka.last == .pause(1, true))
        #expect(console.canvas().text.contains("paused"))
        console.press("space")
        #expect(console.kafka.last == .pause(1, false))
    }

    @Test("the time cursor moves through the messages, and reads from further back where none is as old")
    func cursor() throws {
        var console = KafkaStory.topic(Size(columns: 120, rows: 24))
        let run = try #require(Stories.mix.merged.last?.run)
        func go(to time: Timestamp?) {
            console.state.walked = time.map { Walk(run: run, seq: 1, at: $0) }
            console.feed(.kafka(.batch(1, TopicBatch())))
        }
        let records = console.state.topicLog.records
        for place in [17, 9, 3, 0] {
            let time = try #require(records[place].at)
            go(to: time)
            #expect(
                console.state.topicView.selected == records.lastIndex { $0.at.map { $0 <= time } == true }
            )
            #expect(!console.state.topicView.isFollowing)
        }
        // Somebody who looks at another message is let be until the cursor moves.
        console.press("j j")
        let chosen = console.state.topicView.selected
        console.feed(.kafka(.batch(1, TopicLogTests.batch(50..<52))))
        #expect(console.state.topicView.selected == chosen)
        go(to: records[2].at)
        try expectGolden(console.canvas(), "Kafka/cursor-120x24")
        go(to: start + .seconds(-600))
        guard
            case .read(let reading)? = console.kafka.last(where: {
                if case .read = $0 { true } else { false }
            })
        else {
            Issue.record("nothing is read")
            return
        }
        #expect(reading.start == .moment(start + .seconds(-1800)))
        // Back at now it follows as before.
        go(to: nil)
        #expect(console.state.topicView.isFollowing)
    }

    @Test("bookmarks are found again; a message leads to its run, and to the run as it was then")
    func leads() throws {
        var console = KafkaStory.topic(.standard)
        console.press("home j b end N")
        #expect(console.state.topicView.selected == 1)
        console.press("end o")
        let run = try #require(Stories.mix.merged.last?.run)
        #expect(console.state.view == .run(run))
        console.press("esc k k t")
        #expect(console.state.walked?.run == run)
        console.press("esc esc home o")
        if case .topic = console.state.view {} else { Issue.record("\(console.state.view)") }
    }

    @Test(
        "of a large message the beginning is shown, which says so",
        arguments: [#"{"big":""#, "words ", "\u{0}"]
    )
    func large(begin: String) throws {
        var record = TopicRecord(.init(0, 1), at: start, key: nil, value: Array(begin.utf8))
        record.value? += Array(repeating: 0x78, count: 10 << 20)
        var detail = TopicDetail()
        detail.read(record, of: "large", clock: ClockFace())
        let text = (0..<detail.count).flatMap { detail.rows(of: $0, columns: 100) }.map(\.text)
        #expect(text.count < 20_000)
        if begin == "\u{0}" {
            #expect(text.last == "… 10.4 MB more")
        } else {
            #expect(text.contains { $0.contains("the first 1.0 MB of 10.5 MB; :write FILE") })
        }
    }

    /// A topic with one message, which is a transition of Soma's where it is given one.
    private func traced(_ parent: String?, _ transition: Transition? = nil) -> TestConsole {
        var console = KafkaStory.console(Size(columns: 120, rows: 40))
        console.press("j enter")
        var batch = TopicBatch()
        batch.records = [
            TopicRecord(
                .init(0, 1),
                at: start,
                key: nil,
                value: transition?.cloudEvent() ?? [],
                headers: [.init("other", nil)] + (parent.map { [.init("traceparent", Array($0.utf8))] } ?? [])
            )
        ]
        batch.read = 1
        console.feed(.kafka(.batch(1, batch)))
        return console
    }

    @Test("a message leads to the span that it came from, in Jaeger's trace, by a key and by a click")
    func traces() throws {
        let context = try #require(
            TraceContext(traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        )
        for isClicked in [false, true] {
            var console = traced(context.traceparent)
            console.state.traces.address = "http://jaeger:16686"
            if isClicked {
                console.press("enter")
                let row = try #require(
                    console.canvas().text.split(separator: "\n", omittingEmptySubsequences: false)
                        .firstIndex { $0.contains("  traceparent") }
                )
                console.feed(
                    .terminal(.mouse(MouseEvent(action: .press, point: Point(column: 20, row: row + 1))))
                )
                // A click beside it does nothing.
                #expect(console.state.topicView.hasDetail)
                console.feed(
                    .terminal(.mouse(MouseEvent(action: .press, point: Point(column: 20, row: row))))
                )
            } else {
                console.press("w")
            }
            #expect(console.state.view == .trace(.trace(context.trace)))
            #expect(console.state.traceView.wanted == .span(context.span))
            console.press("esc")
            #expect(console.state.view == .topic("orchestrator.transitions"))
        }
    }

    @Test("without a Jaeger a transition leads to its span in what is drawn of its run")
    func tracesOfRuns() throws {
        let last = try #require(Stories.mix.merged.last)
        let span = TraceIdentity.span(of: last.run)
        let parent = TraceIdentity.traceparent(TraceIdentity.trace(of: last.run), span, isSampled: true)
        var console = traced(parent, last)
        console.press("w")
        #expect(console.state.view == .trace(.run(last.run)))
        console = traced(parent)
        console.press("w")
        #expect(console.state.notice?.kind == .bad)
        #expect(console.state.notice?.text.contains("--jaeger") == true)
    }

    @Test(
        "a message that is in no trace says so",
        arguments: [(nil, "no header traceparent"), ("00-0-0-00\u{1B}[2J", "names no trace")]
            as [(String?, String)]
    )
    func traceless(parent: String?, words: String) {
        var console = traced(parent)
        console.state.traces.address = "http://jaeger:16686"
        console.press("w")
        #expect(console.state.view == .topic("orchestrator.transitions"))
        #expect(console.state.notice?.text.contains(words) == true)
        #expect(!console.canvas().text.contains("\u{1B}"))
    }

    @Test("reading begins somewhere else by a command, and what is at hand is written into a file")
    func commands() {
        var console = KafkaStory.topic(.standard)
        console.press("F")
        console.type("beginning")
        console.press("enter")
        guard
            case .read(let reading)? = console.kafka.last(where: {
                if case .read = $0 { true } else { false }
            })
        else {
            Issue.record("nothing is read")
            return
        }
        #expect(reading.start == .beginning)
        console.feed(.kafka(.batch(2, KafkaStory.batch)))
        console.press(":")
        console.type("write out.ndjson")
        console.press("enter")
        #expect(
            console.kafka.last
                == .export("out.ndjson", topic: "orchestrator.transitions", KafkaStory.batch.records)
        )
        console.press(":")
        console.type("from never")
        console.press("enter")
        #expect(console.state.notice?.kind == .bad)
    }
}
