import SomaConsole
import SomaCore
import SomaTerminal
import SomaTesting
import Testing

@Suite("Screen frames")
struct ScreenFrameTests {
    private let fleet = Fleet(runs: Stories.mix.map(\.state))

    private func failure(_ request: ScreenFrame.Request) -> String? {
        do {
            _ = try ScreenFrame.canvas(request, of: fleet, now: start)
            return nil
        } catch {
            return error.description
        }
    }

    @Test(
        "wrong requests say what would be right",
        arguments: [
            (ScreenFrame.Request(view: "fleat"), "There is no view \"fleat\". Did you mean fleet?"),
            (
                ScreenFrame.Request(view: "\u{1B}x-nothing-like-it"),
                "There is no view \"␛x-nothing-like-it\". There are home, fleet, agents, approvals, effects, events, plan, run, compare, kafka, traces, cost, metrics, help."
            ),
            (ScreenFrame.Request(view: "plan:zz"), "No run's id begins with \"zz\"."),
            (ScreenFrame.Request(view: "run:c9d1e"), "3 runs' ids begin with \"c9d1e\": name more of it."),
            (
                ScreenFrame.Request(keys: "j hyper+x"),
                "\"hyper+x\" is not a key. Keys are written like j, G, enter, esc, space, pgdn, ctrl+c, and divided by spaces."
            ),
        ]
    )
    func refusals(request: ScreenFrame.Request, text: String) { #expect(failure(request) == text) }

    @Test(
        "a view of something that is no run shows that, as the console begins with it",
        arguments: [
            ("cost:model", "by model"), ("cost:hour", "by hour"), ("metrics:latency", "latency"),
            ("kafka:orders", "orders"), ("cost:modle", "did you mean model?"),
        ]
    )
    func named(view: String, text: String) throws {
        let canvas = try ScreenFrame.canvas(ScreenFrame.Request(view: view), of: fleet, now: start)
        #expect(canvas.text.contains(text), "\(canvas.text)")
    }

    @Test("a frame is written as text, for a terminal, or as a picture")
    func formats() throws {
        let canvas = try ScreenFrame.canvas(.init(view: "help", keys: "esc j"), of: fleet, now: start)
        let written = ScreenFrame.Format.allCases.map { ScreenFrame.write(canvas, as: $0, theme: .dark) }
        #expect(written[0] == canvas.text)
        #expect(written[1].contains("\u{1B}["))
        #expect(written[2].hasPrefix("<svg"))
    }

    @Test("rendering is measured frame by frame")
    func perf() throws {
        let reader = try RecordingReader(bytes: Stories.mix.recording(at: start))
        let perf = RenderPerf.measure(reader, size: .standard)
        #expect(perf.frames == reader.index.transitions)
        #expect(perf.p50 > 0 && perf.p50 <= perf.p95)
        #expect(perf.bytesPerFrame > 0)
        #expect(
            perf.json.object?.keys == [
                "frames", "frame_p50_ms", "frame_p95_ms", "bytes_per_frame", "move_p50_ms", "move_p95_ms",
                "move_max_ms",
            ]
        )
        #expect(
            perf.cursor.p50 > 0 && perf.cursor.p50 <= perf.cursor.p95
                && perf.cursor.p95 <= perf.cursor.longest
        )
    }
}
