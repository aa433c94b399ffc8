import Foundation
import SomaHTTP
import Testing

/// An event stream and what it means.
struct SSECase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let stream: [UInt8]
    let events: [SSEEvent]
    var retry: Duration?

    init(_ name: String, _ stream: [UInt8], _ events: [SSEEvent], retry: Duration? = nil) {
        testDescription = name
        self.stream = stream
        self.events = events
        self.retry = retry
    }

    init(_ name: String, _ stream: String, _ events: [SSEEvent]) {
        self.init(name, Array(stream.utf8), events)
    }
}

/// The cases of `sse/cases.json` in the folder that `SOMA_CORPORA` names; none where it is unset.
func sseCorpusCases() -> [SSECase] {
    struct Event: Decodable {
        let type: String
        /// Either the data or, where it is long, the number of its letters "x".
        let data: String?
        let data_length: Int?
        let last_event_id: String
    }
    struct Entry: Decodable {
        let name: String
        let stream_base64: String
        let events: [Event]
        let retry_ms: Int?
    }
    struct File: Decodable {
        let cases: [Entry]
    }
    guard let folder = ProcessInfo.processInfo.environment["SOMA_CORPORA"] else { return [] }
    do {
        let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/sse/cases.json"))
        return try JSONDecoder().decode(File.self, from: data).cases.map { entry in
            SSECase(
                entry.name,
                Array(Data(base64Encoded: entry.stream_base64) ?? Data()),
                entry.events.map { event in
                    let text = event.data ?? String(repeating: "x", count: event.data_length ?? 0)
                    return SSEEvent(type: event.type, data: text, lastEventID: event.last_event_id)
                },
                retry: entry.retry_ms.map { .milliseconds($0) }
            )
        }
    } catch {
        return [SSECase("the corpus can't be read: \(error)", "", [SSEEvent(data: "?")])]
    }
}
