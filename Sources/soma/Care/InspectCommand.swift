import ArgumentParser
import Glibc
import SomaAgents
import SomaCore
import SomaHTTP
import SomaMetrics
import SomaSettings
import SomaTerminal
import SomaTraces

/// `soma inspect`: reads something exactly as the console or the daemon would.
struct InspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Read a file as Soma would, and print what it understood.",
        discussion: """
            Prints the error with its place, and ends with 2, where the input is not
            what --as says.

            Examples:
              soma inspect run.soma.ndjson --as recording
              curl -sN localhost:8080/stream | soma inspect - --as sse
              soma inspect agents/coder/config.yaml --as yaml
              soma inspect http://localhost:16686/api/services --as jaeger
              soma inspect http://localhost:9100/metrics --as prometheus
            """
    )

    /// What the input is read as.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case json, yaml, sse, cloudevents, recording, prometheus, openmetrics, promql, jaeger, otlp
    }

    @OptionGroup(title: "Common options") var global: GlobalOptions

    @Argument(
        help: ArgumentHelp("A file, an http(s) address, or - for standard input.", valueName: "file|url|-")
    )
    var input: String

    @Option(
        name: .customLong("as"),
        help: """
            What to read it as: json, yaml, sse, cloudevents, recording, prometheus, openmetrics,
            promql, jaeger or otlp.
            """
    )
    var format: Format

    func run() async throws {
        if let exposition = format.exposition, isAddress {
            // The answer's own type decides; who asks for OpenMetrics wants to know whether it is that.
            let asked = exposition == .openMetrics ? exposition : nil
            return Out.json(try await MetricsInspection.scrape(input, as: asked))
        }
        if format == .recording, !isAddress { return try tell(try Inspection.recording(input)) }
        let bytes = try await read()
        let input = InputFile.name(input)
        switch format {
        case .prometheus: Out.json(try MetricsInspection.exposition(bytes, input, as: .prometheus))
        case .openmetrics: Out.json(try MetricsInspection.exposition(bytes, input, as: .openMetrics))
        case .promql: Out.json(try MetricsInspection.promQL(bytes, input))
        case .json: Out.json(try Inspection.json(bytes, input))
        case .yaml: for document in try Inspection.yaml(bytes, input) { Out.json(document) }
        case .sse:
            let events = try Inspection.sse(bytes, input)
            for event in events { Out.record(event) }
            // Any text is a stream of events that nobody would ever see: silence would look like success.
            if events.isEmpty {
                Out.note(
                    "No event is in \(SafeText.line(input)): one is lines of data: TEXT, and ends with an empty line."
                )
            }
        case .cloudevents: for event in try Inspection.cloudEvents(bytes, input) { Out.record(event) }
        case .jaeger: Out.json(try Inspection.jaeger(bytes, input))
        case .otlp: Out.json(try Inspection.otlp(bytes, input))
        case .recording: try tell(try Inspection.recording(bytes, input))
        }
    }

    private func tell(_ recording: (summary: JSON, hasProblems: Bool)) throws {
        Out.json(recording.summary)
        if recording.hasProblems { throw ExitCode(CommandFailure.Code.usage.rawValue) }
    }

    private var isAddress: Bool { input.hasPrefix("http://") || input.hasPrefix("https://") }

    private func read() async throws -> [UInt8] {
        if let end = input.firstRange(of: "://"), !isAddress {
            let scheme = SafeText.line(input[..<end.lowerBound])
            throw CommandFailure(.usage, "\(scheme): addresses can't be read, only http: and https: ones.")
        }
        guard isAddress else { return try InputFile.bytes(input, bytesMax: format.bytesMax) }
        do {
            let client = try HTTPClient(userAgent: "soma/\(SomaVersion.product)")
            // Somebody sits before it: who says nothing for ten seconds is told, as where metrics are scraped.
            let timeouts = HTTPTimeouts(connect: .seconds(5), firstByte: .seconds(10), idle: .seconds(10))
            let response = try await client.send(
                HTTPRequest(
                    .get,
                    input,
                    timeouts: timeouts,
                    maxBodyBytes: format.bytesMax,
                    addressPolicy: .any
                )
            )
            await client.shutdown()
            guard (200..<300).contains(response.status) else {
                throw Self.refusal(input, format, response)
            }
            return response.body
        } catch let error as HTTPError {
            if error.kind == .bodyTooLarge { throw InputFile.tooLarge(input, format.bytesMax) }
            throw CommandFailure(.usage, "\(error)")
        }
    }

    /// What an address answered that isn't what was asked for, and what to do.
    static func refusal(_ input: String, _ format: Format, _ response: HTTPResponse) -> CommandFailure {
        let (status, isJaeger) = (response.status, format == .jaeger)
        // Jaeger says in its own words why it can't answer.
        let problem = isJaeger ? (try? JaegerDocument.read(response.body))?.errors.first : nil
        let reason = problem.map { ": \($0.message.prefix(512))" } ?? ""
        let hint: String
        switch status {
        case 300..<400:
            let place =
                response.headers["Location"].map { "to \($0.prefix(300))" } ?? "without saying where to"
            let login = isJaeger ? "; where that is a page to log in at, the query service itself" : ""
            hint = "It redirects \(place), and redirects aren't followed here: inspect what is meant\(login)."
        case 401, 403:
            hint =
                "Nothing is sent to log in with: fetch it with what may see it, as with "
                + "curl -u NAME URL | soma inspect - --as \(format.rawValue)."
        case 404 where isJaeger && problem == nil:
            hint =
                "Jaeger answers at /api/services, /api/traces?service=NAME and /api/traces/ID, below its base path where it "
                + "has one."
        case 500...599: hint = "The fault is the server's own, or of what is behind it: its log says more."
        default: hint = ""
        }
        return CommandFailure(.usage, "\(input) answered \(status)\(reason).", hint: hint)
    }
}

extension InspectCommand.Format {
    /// The most that is read of an input, in bytes: what the console takes of its kind. Recordings in files may be of any size.
    fileprivate var bytesMax: Int {
        switch self {
        case .prometheus, .openmetrics: MetricsTarget.bodyBytes
        case .promql: PrometheusBrowser.bodyBytesMax
        case .jaeger, .otlp: TraceBrowser.bodyBytesMax
        case .recording, .sse, .cloudevents: 64 << 20
        case .json, .yaml: InputFile.bytesMax
        }
    }
}

/// The readers behind `soma inspect`.
enum Inspection {
    static func json(_ bytes: [UInt8], _ name: String) throws -> JSON {
        do throws(JSONError) {
            return try JSON.parse(bytes)
        } catch {
            throw CommandFailure(.usage, "\(name):\(error.line):\(error.column): \(error.message)")
        }
    }

    static func yaml(_ bytes: [UInt8], _ name: String) throws -> [JSON] {
        let documents: [YAMLDocument]
        do throws(SettingsError) {
            documents = try YAMLReader(rules: .whole).documents(bytes, file: name)
        } catch {
            throw CommandFailure(.usage, "\(error)")
        }
        return try documents.map { document in
            guard let json = JSON(document.root) else {
                throw CommandFailure(.usage, "\(name): a key or a number in it has no counterpart in JSON.")
            }
            return json
        }
    }

    static func sse(_ bytes: [UInt8], _ name: String) throws -> [JSON] {
        var parser = SSEParser()
        do {
            return try parser.feed(bytes).map { event in
                [
                    "type": .string(event.type), "data": .string(event.data),
                    "last_event_id": .string(event.lastEventID),
                ]
            }
        } catch {
            throw CommandFailure(.usage, "\(name): \(error)")
        }
    }

    static func cloudEvents(_ bytes: [UInt8], _ name: String) throws -> [JSON] {
        try bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated().compactMap {
            index,
            line in
            guard line.contains(where: { $0 != 0x20 && $0 != 0x0D && $0 != 0x09 }) else { return nil }
            do throws(Transition.WireError) {
                let transition = try Transition(cloudEvent: line)
                return try? JSON.parse(transition.cloudEvent())
            } catch {
                throw CommandFailure(.usage, "\(name):\(index + 1): \(error)")
            }
        }
    }

    static func recording(_ bytes: [UInt8], _ name: String) throws -> (summary: JSON, hasProblems: Bool) {
        do throws(RecordingError) {
            return recording(try RecordingReader(bytes: bytes, name: name))
        } catch {
            throw CommandFailure(.usage, "\(error)")
        }
    }

    /// Reads a file, or standard input for `-`, of any size.
    static func recording(_ path: String) throws -> (summary: JSON, hasProblems: Bool) {
        do throws(RecordingError) {
            let isStream = path == "-"
            return recording(
                try isStream ? RecordingReader(descriptor: STDIN_FILENO) : RecordingReader(path: path)
            )
        } catch {
            throw CommandFailure(.usage, "\(error)")
        }
    }

    private static func recording(_ reader: RecordingReader) -> (summary: JSON, hasProblems: Bool) {
        let problems = reader.verify()
        return (
            [
                "program": .string(reader.header.program),
                "transitions": JSON(reader.index.transitions),
                "runs": JSON(reader.index.runs.count),
                "keyframes": JSON(reader.index.keyframes.count),
                "has_index": .bool(reader.hasIndex),
                "problems": JSON(problems.map { "\($0)" }),
            ],
            !problems.isEmpty
        )
    }
}
