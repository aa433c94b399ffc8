import SomaCore
import SomaTerminal
import Testing

@testable import SomaConsole

@Suite("What isn't the daemon's in another context")
struct ContextSourcesTests {
    private static let prod = ConsoleContext("prod", label: "PROD")

    @Test("the Kafka is still asked; old readings end, and new ones have numbers of their own")
    func kafka() {
        var console = KafkaStory.topic(.standard)
        console.kafka = []
        console.feed(.entered(Self.prod, nil))
        #expect(console.state.kafka.isNamed)
        #expect(console.kafka == [.watch(false), .stop(1)])
        #expect(console.state.kafka.logs.isEmpty)
        console.press("9")
        #expect(console.state.kafka.cluster != nil)
        console.press("j enter")
        guard case .read(let reading) = console.kafka.last else {
            Issue.record("no reading")
            return
        }
        #expect(reading.number == 2)
        // What the old reading still tells is nobody's concern.
        console.feed(.kafka(.batch(1, KafkaStory.batch)))
        #expect(console.state.topicLog.range.isEmpty)
    }

    @Test("the Jaeger is still asked; old questions end, and new ones have numbers of their own")
    func traces() {
        var console = TestConsole.with(Stories.mix)
        console.state.traces.address = "http://jaeger:16686"
        console.press("alt+t")
        console.feed(.traces(.services(["somad"])))
        let asked = console.state.traces.asked
        #expect(asked > 0)
        console.traces = []
        console.feed(.entered(Self.prod, nil))
        #expect(console.state.traces.address == "http://jaeger:16686")
        #expect(console.traces.contains(.stop(asked)))
        console.press("alt+t")
        #expect(console.state.traces.asked == asked + 1)
    }
}
