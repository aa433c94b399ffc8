import Foundation
import SomaCore
import SomaTraces
import Testing

/// What we write is read by PyPI's `opentelemetry-proto`, which `infra/setup.sh tests` installs, and compared.
@Suite("OTLP and the official package")
struct OfficialPackageTests {
    @Test(
        "Both forms of random spans mean the same to it, and what it writes again is read as the same spans"
    )
    func roundTrip() throws {
        let project = #filePath.components(separatedBy: "/Tests/SomaTracesTests/")[0]
        let package = project + "/.tools/opentelemetry-proto-1.37.0"
        try #require(FileManager.default.fileExists(atPath: package), "infra/setup.sh tests installs it")
        // Protobuf's own JSON mapping has ids in base 64 where OTLP's has them in hexadecimal.
        let script = """
            import base64, json, sys
            from google.protobuf import json_format
            from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest as Request
            def ids(value):
                if isinstance(value, list):
                    for item in value: ids(item)
                elif isinstance(value, dict):
                    for key, item in value.items():
                        if key in ("traceId", "spanId", "parentSpanId"):
                            value[key] = base64.b64encode(bytes.fromhex(item)).decode()
                        else: ids(item)
            for line in sys.stdin:
                wire, text = line.split(" ", 1)
                one = Request(); one.ParseFromString(bytes.fromhex(wire))
                parsed = json.loads(text); ids(parsed)
                two = Request(); json_format.ParseDict(parsed, two)
                print("same" if one == two else "different", one.SerializeToString(deterministic=True).hex(), flush=True)
            """
        let sets = [officialSet] + (1...50).map { RandomTrace.make($0).set }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.environment = ["PYTHONPATH": package]
        process.arguments = ["-c", script]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        for set in sets {
            let hex = set.protobuf().map { String(format: "%02x", $0) }.joined()
            input.fileHandleForWriting.write(Data("\(hex) \(set.json().text())\n".utf8))
            var answer = Data()
            while answer.last != 0x0A, case let part = output.fileHandleForReading.availableData,
                !part.isEmpty
            {
                answer += part
            }
            let words = String(decoding: answer, as: UTF8.self).split(whereSeparator: \.isWhitespace)
            #expect(words.map(String.init) == ["same", hex])
        }
        input.fileHandleForWriting.closeFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }
}
