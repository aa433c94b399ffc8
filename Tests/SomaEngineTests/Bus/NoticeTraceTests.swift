import SomaCore
import Testing

@testable import SomaEngine

@Suite("Traces on the topics of work")
struct NoticeTraceTests {
    private static let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    private static let at = Timestamp(microseconds: 1_700_000_000_000_000)
    private static let call = ToolCallNotice(ToolCall(run: RunID("run"), effect: 3, attempt: 1))
    private static let message = ConversationNotice(ConversationID("talk"), message: 2)

    /// What is said on each of the four topics, with a place in a trace.
    private func records(_ trace: TraceContext?) -> [BusRecord] {
        [ToolCallNotice.wanted, ToolCallNotice.over].map {
            Self.call.record($0, topic: "t", at: Self.at, trace: trace)
        }
            + [ConversationNotice.posted, ConversationNotice.answered].map {
                Self.message.record($0, topic: "t", at: Self.at, trace: trace)
            }
    }

    private func headers(_ record: BusRecord) -> [String] {
        record.headers.map { "\($0.name)=\(String(decoding: $0.value ?? [], as: UTF8.self))" }
    }

    @Test(
        "A message leads to its trace by headers; what isn't there is no header",
        arguments: [
            (nil, nil, []), (parent, nil, ["traceparent=\(parent)"]),
            (parent, "rojo=1,congo=2", ["traceparent=\(parent)", "tracestate=rojo=1,congo=2"]),
            (parent, "no list", ["traceparent=\(parent)"]),
        ] as [(String?, String?, [String])]
    )
    func headers(parent: String?, state: String?, expected: [String]) {
        let trace = parent.flatMap { TraceContext(traceparent: $0, tracestate: state) }
        for record in records(trace) {
            #expect(headers(record).first?.hasPrefix("ce_type=soma.") == true)
            #expect(Array(headers(record).dropFirst()) == expected)
        }
    }

    @Test("Whatever others write into the headers, a message says the same")
    func hostile() throws {
        let record = records(nil)[0]
        for value in [[], [0xFF, 0x00], Array("ff-".utf8), [UInt8](repeating: 0x30, count: 100_000)] {
            let message = BusMessage(
                partition: BusPartition(topic: "t", number: 0),
                offset: 1,
                key: record.key,
                value: record.value,
                headers: [BusHeader("traceparent", value), BusHeader("traceparent", nil)]
            )
            #expect(try ToolCallNotice(message, ToolCallNotice.wanted) == Self.call)
        }
    }
}
