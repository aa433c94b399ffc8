import CZlib
import Testing

@testable import SomaTelemetry

@Suite("What a scraper asks for")
struct NegotiationTests {
    @Test(
        "the format follows Accept, as Prometheus and others send it",
        arguments: [
            (nil, .prometheus), ("", .prometheus), ("*/*", .prometheus), ("text/*", .prometheus),
            ("text/html, image/png;q=0.1", .prometheus),
            // Prometheus 2 and 3, and an older one.
            (
                "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
                    + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", .openMetrics
            ),
            (
                "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
                    + "application/openmetrics-text;version=0.0.1;q=0.4,"
                    + "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
                .openMetrics
            ),
            (
                "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,"
                    + "text/plain;version=0.0.4;q=0.3", .prometheus
            ),
            ("application/openmetrics-text", .openMetrics), ("application/*", .openMetrics),
            (" APPLICATION/OpenMetrics-Text ; Version=\"1.0.0\" ; q=0.001 ", .openMetrics),
            ("application/openmetrics-text;version=0.0.1", .prometheus),
            ("application/openmetrics-text;version=2.0.0, */*;q=0.1", .prometheus),
            ("application/openmetrics-text;q=0", .prometheus),
            ("application/openmetrics-text;q=0.0, text/plain;q=0", .prometheus),
            ("text/plain, application/openmetrics-text", .prometheus),
            ("application/openmetrics-text, text/plain", .openMetrics),
            ("*/*, application/openmetrics-text;q=0.9", .prometheus),
            ("*/*;q=0.8, application/openmetrics-text;q=0.9", .openMetrics),
            ("application/openmetrics-text;version=1.0.0;q=0, application/openmetrics-text", .prometheus),
            // A weight that can't be read makes the entry one that isn't there.
            ("application/openmetrics-text;q=high", .prometheus),
            ("application/openmetrics-text;q=1.5, text/plain;q=0.1", .prometheus),
            ("text/plain;x=\"a,b;q=0\";q=0.1, application/openmetrics-text;q=0.2", .openMetrics),
            (",,;;=,application/openmetrics-text,;\"", .openMetrics),
        ] as [(String?, ExpositionFormat)]
    )
    func format(accept: String?, expected: ExpositionFormat) {
        #expect(ExpositionFormat(accept: accept) == expected)
    }

    @Test(
        "the body is packed where gzip is taken at least as gladly as plain",
        arguments: [
            (nil, false), ("", false), ("gzip", true), ("GZIP;q=0.5", true), ("x-gzip", true), ("*", true),
            ("deflate, gzip, br, zstd", true), ("gzip;q=0", false), ("gzip;q=0, *", false), ("br", false),
            ("identity, gzip;q=0.5", false), ("identity;q=0.5, gzip", true), ("*;q=0", false),
        ] as [(String?, Bool)]
    )
    func encoding(accept: String?, expected: Bool) {
        let metrics = MetricsRegistry()
        let exposition = metrics.exposition(accept: nil, acceptEncoding: accept)
        #expect(exposition.isPacked == expected)
        #expect(exposition.bytes.starts(with: [0x1F, 0x8B]) == expected)
        #expect((exposition.bytes == Array(metrics.render().utf8)) == !expected)
    }

    @Test("what was packed is the same when it is unpacked", arguments: [0, 1, 1000, 3_000_000])
    func packing(count: Int) throws {
        var state: UInt64 = 42
        let bytes = (0..<count).map { index in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return index.isMultiple(of: 3) ? UInt8(truncatingIfNeeded: state >> 56) : UInt8(ascii: "m")
        }
        let packed = try #require(Gzip.pack(bytes))
        #expect(unpack(packed, room: count + 1) == bytes)
        if count == 3_000_000 { #expect(packed.count < count) }
    }

    @Test("a client that asks for both has both")
    func both() {
        let metrics = MetricsRegistry()
        let exposition = metrics.exposition(
            accept: "application/openmetrics-text; version=1.0.0",
            acceptEncoding: "gzip"
        )
        #expect(exposition.format == .openMetrics)
        let text = unpack(exposition.bytes, room: 1 << 20)
        #expect(text == Array(metrics.render(.openMetrics).utf8))
    }

    /// All bytes of a gzip member; empty where it is none.
    private func unpack(_ packed: [UInt8], room: Int) -> [UInt8] {
        var stream = z_stream()
        var input = packed
        let size = Int32(MemoryLayout<z_stream>.size)
        guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, size) == Z_OK else { return [] }
        defer { inflateEnd(&stream) }
        return [UInt8](unsafeUninitializedCapacity: room) { output, count in
            input.withUnsafeMutableBufferPointer { input in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(room)
                let code = inflate(&stream, Z_FINISH)
                count = code == Z_STREAM_END && stream.avail_in == 0 ? room - Int(stream.avail_out) : 0
            }
        }
    }
}
