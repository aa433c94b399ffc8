package import SomaCore
package import SomaTerminal
import SomaTraces

/// What `soma perf traces` measures: a large trace opened from Jaeger's JSON, and walked through in the console.
package struct TracePerf: Sendable {
    package var spans: Int
    /// The size of Jaeger's answer.
    package var bytes: Int
    /// From the last byte of the answer to the first frame, in milliseconds; and what of it went into reading.
    package var open: Double
    package var read: Double
    /// How long frames took from the key on, sorted, in milliseconds: settled, drawn and compared with the one before.
    package var frames: [Double]
    /// The same for what changes which rows there are: folding, the critical path alone, words.
    package var changes: [Double]

    /// The figures as they are printed.
    package var json: JSON {
        func share(_ times: [Double], _ share: Double) -> JSON {
            .double(times.isEmpty ? 0 : times[min(times.count - 1, Int(share * Double(times.count)))])
        }
        return [
            "spans": JSON(spans), "bytes": JSON(bytes), "open_ms": .double(open), "read_ms": .double(read),
            "frames": JSON(frames.count), "frame_p50_ms": share(frames, 0.5),
            "frame_p95_ms": share(frames, 0.95),
            "frame_max_ms": share(frames, 1), "changes": JSON(changes.count),
            "change_p50_ms": share(changes, 0.5), "change_max_ms": share(changes, 1),
        ]
    }

    /// Measures.
    /// - Parameter spans: How many spans the trace has; at least 1.
    package static func measure(spans: Int, size: Size, clock: ContinuousClock = ContinuousClock())
        -> TracePerf
    {
        let answer = LargeTrace.answer(spans: spans)
        let id = LargeTrace.id
        let now = Timestamp(microseconds: LargeTrace.start + 3_600_000_000)
        var state = AppState(size: size, now: now)
        state.traces.address = "http://localhost:16686"
        _ = state.update(.source(.snapshot(Fleet())), now: now)
        state.open(.trace(id))
        _ = state.settle()
        var last = AppView.render(state, theme: .dark, glyphs: .unicode)
        let number = state.traceView.request ?? 0

        let begun = clock.now
        var waterfall: TraceWaterfall?
        if let document = try? JaegerDocument.read(answer), let trace = document.traces.first {
            waterfall = TraceWaterfall(trace)
        }
        let read = clock.now - begun
        if let waterfall { _ = state.update(.traces(.opened(number, waterfall)), now: now) }
        waterfall = nil
        _ = state.settle()
        last = AppView.render(state, theme: .dark, glyphs: .unicode)
        let open = clock.now - begun

        func frame(_ key: Key) -> Double {
            let pressed = clock.now
            _ = state.update(.terminal(.key(key)), now: now)
            _ = state.settle()
            let canvas = AppView.render(state, theme: .dark, glyphs: .unicode)
            _ = canvas.damage(from: last)
            last = canvas
            return (clock.now - pressed).seconds * 1_000
        }
        func frames(_ keys: String) -> [Double] {
            keys.split(separator: " ").compactMap { Key(String($0)).map(frame) }
        }
        let step = String(repeating: "j ", count: 60) + String(repeating: "pgdn ", count: 40)
        var walked =
            frames(step) + frames("end ") + frames(String(repeating: "pgup ", count: 40)) + frames("home")
        walked += frames("e e e e f + + - > < < e f " + step + "enter J J K enter")
        let changes = frames("z z c c space space z home space") + frames("/ o p") + frames("enter esc")
        return TracePerf(
            spans: state.traceView.waterfall?.trace.spans.count ?? 0,
            bytes: answer.count,
            open: open.seconds * 1_000,
            read: read.seconds * 1_000,
            frames: walked.sorted(),
            changes: changes.sorted()
        )
    }
}

/// A large trace as Jaeger answers it: requests of many services inside one another, the same for the same size.
enum LargeTrace {
    static let id = TraceID(high: 0x5150_4F4E_4D4C_4B4A, low: 0x4948_4746_4544_4342)
    /// When it began, in microseconds.
    static let start: Int64 = 1_772_632_800_000_000

    static func answer(spans: Int) -> [UInt8] {
        var text = #"{"data":[{"traceID":"\#(id)","spans":["#
        text.reserveCapacity(spans * 500)
        var stretches: [(start: Int64, duration: Int64)] = []
        var seed: UInt64 = 42
        func random(_ below: Int64) -> Int64 {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int64(seed >> 33) % max(1, below)
        }
        let operations = ["GET /item", "SELECT", "publish", "render", "authorize", "cache get", "POST /pay"]
        for number in 0..<max(1, spans) {
            let parent = number == 0 ? -1 : Int(random(Int64(min(number, 1 + number / 3))))
            let around = parent < 0 ? (start: Int64(0), duration: Int64(60_000_000)) : stretches[parent]
            let from = parent < 0 ? 0 : around.start + random(around.duration / 2)
            let length = parent < 0 ? around.duration : max(1, random(around.start + around.duration - from))
            stretches.append((from, length))
            let operation = operations[Int(random(Int64(operations.count)))]
            let reference =
                parent < 0
                ? "" : #"{"refType":"CHILD_OF","traceID":"\#(id)","spanID":"\#(SpanID(UInt64(parent + 1)))"}"#
            let hasFailed = random(200) == 0
            text +=
                #"\#(number == 0 ? "" : ","){"traceID":"\#(id)","spanID":"\#(SpanID(UInt64(number + 1)))","#
                + #""operationName":"\#(operation)","references":[\#(reference)],"startTime":\#(start + from),"#
                + #""duration":\#(length),"tags":[{"key":"span.kind","type":"string","value":"server"},"#
                + #"{"key":"http.status_code","type":"int64","value":\#(hasFailed ? 503 : 200)},"#
                + #"{"key":"net.peer.name","type":"string","value":"host-\#(random(40)).example"}"#
                + (hasFailed ? #",{"key":"error","type":"bool","value":true}"# : "")
                + #"],"logs":[],"processID":"p\#(random(8) + 1)"}"#
        }
        text += #"],"processes":{"#
        text += (1...8).map { #""p\#($0)":{"serviceName":"service-\#($0)","tags":[]}"# }.joined(
            separator: ","
        )
        text += "}}]}"
        return Array(text.utf8)
    }
}
