import SomaCore
import SomaTraces

extension Inspection {
    /// Traces, names or dependencies as Jaeger's query API and console have them; OTLP in JSON too, as they take it.
    static func jaeger(_ bytes: [UInt8], _ name: String) throws -> JSON {
        do throws(TraceReadError) {
            return try TraceInspection.jaeger(bytes)
        } catch {
            throw failure(error, name)
        }
    }

    /// An OTLP request: spans in JSON or protobuf, metrics and logs in JSON.
    static func otlp(_ bytes: [UInt8], _ name: String) throws -> JSON {
        do throws(TraceReadError) {
            return try TraceInspection.otlp(bytes)
        } catch {
            throw failure(error, name)
        }
    }

    private static func failure(_ error: TraceReadError, _ name: String) -> CommandFailure {
        let place = error.line > 0 ? ":\(error.line):\(error.column)" : " at byte \(error.offset)"
        return CommandFailure(
            .usage,
            "\(name)\(place): \(error.path.isEmpty ? "" : error.path + ": ")\(error.message)"
        )
    }
}
