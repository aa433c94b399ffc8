import SomaSettings
import Testing

@Suite("Settings of traces")
struct TracingSettingsTests {
    private func load(_ environment: [String: String], _ flags: [SettingsLoader.Flag] = []) throws -> Settings
    {
        let folder = "/nonexistent"
        let environment = environment.merging(["HOME": folder]) { one, _ in one }
        let loader = SettingsLoader(
            environment: environment,
            workingFolder: folder,
            systemFile: folder + "/config.yaml"
        )
        return try loader.load(flags: flags)
    }

    @Test(
        "A share is a number from 0 to 1",
        arguments: [("0", 0), ("1", 1), ("0.25", 0.25), (".5", 0.5), ("1.0", 1), ("0.000001", 0.000_001)]
    )
    func share(text: String, value: Double) throws {
        #expect(try load(["SOMA_TRACING_SAMPLE": text]).tracingSample == value)
    }

    @Test(
        "Anything else is refused",
        arguments: [
            "-0.1", "1.1", "nan", "inf", "0x1p-2", "1e-3", "50%", "1/2", "0,5", "", "0.1.2", " 1", "٠",
        ]
    )
    func noShare(text: String) {
        #expect(throws: SettingsError.self) {
            try load([:], [.init(key: "tracing.sample", values: [text])])
        }
    }

    @Test(
        "OpenTelemetry's variables count where nothing else says it, the one for traces before the one for all"
    )
    func standard() throws {
        let all = ["OTEL_EXPORTER_OTLP_ENDPOINT": "http://all:4318"]
        let settings = try load(all)
        #expect(settings.tracingEndpoint == "http://all:4318")
        #expect(settings.entry("tracing.endpoint").origin == .environment("OTEL_EXPORTER_OTLP_ENDPOINT"))
        let own = all.merging(["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://traces/v1/traces"]) { one, _ in
            one
        }
        #expect(try load(own).tracingEndpoint == "http://traces/v1/traces")
        #expect(
            try load(own.merging(["SOMA_TRACING_ENDPOINT": "http://soma"]) { one, _ in one }).tracingEndpoint
                == "http://soma"
        )
        #expect(try load(["OTEL_EXPORTER_OTLP_ENDPOINT": ""]).tracingEndpoint == nil)
    }

    @Test("Headers in a variable are a secret, and referred to by its name")
    func headers() throws {
        let settings = try load(["OTEL_EXPORTER_OTLP_HEADERS": "api-key=abc"])
        #expect(settings.entry("tracing.headers").value.description == "env:OTEL_EXPORTER_OTLP_HEADERS")
        #expect(try settings.secret("tracing.headers")?.withExposedValue { $0 } == "api-key=abc")
    }

    @Test("What is meant for other programs and can't be used here is a warning")
    func foreign() throws {
        let settings = try load([
            "OTEL_EXPORTER_OTLP_ENDPOINT": "localhost:4317", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
        ])
        #expect(settings.tracingEndpoint == nil)
        #expect(settings.tracingText("protocol") == "http/protobuf")
        #expect(settings.warnings.count == 2)
        #expect(settings.warnings.allSatisfy { $0.contains("OTEL_") && $0.hasSuffix("It is not used.") })
    }
}
