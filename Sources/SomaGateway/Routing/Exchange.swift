import HTTPTypes
import NIOCore
import SomaCore

/// A request as handlers see it.
struct Exchange: Sendable {
    /// The parts of the path that the route leaves open, by name.
    let parameters: [String: String]
    /// The query's members; where one came twice, the last counts.
    let query: [String: String]
    /// The header.
    let headers: HTTPFields
    /// The body; empty where there is none.
    let body: [UInt8]
    /// Where it stands in a trace.
    let trace: RequestTrace
    /// The connection.
    let channel: any Channel

    /// What tells this request from others of the same client, where it says so.
    var key: String? { HTTPField.Name("Idempotency-Key").flatMap { headers[$0] }.map { "http " + $0 } }

    /// A part of the path.
    func parameter(_ name: String) -> String { parameters[name] ?? "" }

    /// A number in the query.
    func number(_ name: String, in range: ClosedRange<Int>, default fallback: Int) throws(Problem) -> Int {
        guard let text = query[name] else { return fallback }
        guard let value = Int(text), range.contains(value) else {
            throw Problem(
                400,
                "query.invalid",
                "\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound)."
            )
        }
        return value
    }

    /// A list in the query, separated by commas; empty where there is none.
    func list(_ name: String) -> [String] {
        (query[name] ?? "").split(separator: ",").map(String.init)
    }

    /// The body as a document.
    func document<Document: Decodable>(_ type: Document.Type) throws(Problem) -> Document {
        let json = try json()
        do {
            return try json.decode(type)
        } catch let error as DecodingError {
            throw Problem(400, "body.invalid", "The body doesn't fit: \(error.place).")
        } catch {
            throw Problem(400, "body.invalid", "The body doesn't fit.")
        }
    }

    private func json() throws(Problem) -> JSON {
        if let type = headers[.contentType]?.lowercased(), !body.isEmpty,
            !type.hasPrefix("application/json")
        {
            throw Problem(
                415,
                "body.type",
                "The body must be JSON.",
                hint: "Send Content-Type: application/json."
            )
        }
        guard !body.isEmpty else { return .object(JSONObject()) }
        do throws(JSONError) {
            return try JSON.parse(body)
        } catch {
            throw Problem(
                400,
                "body.json",
                "The body is no JSON: \(error.message) at line \(error.line), column \(error.column)."
            )
        }
    }
}

extension DecodingError {
    /// Where and what, in a few words.
    fileprivate var place: String {
        func path(_ keys: [any CodingKey], _ last: String? = nil) -> String {
            let names = keys.map(\.stringValue) + (last.map { [$0] } ?? [])
            return names.isEmpty ? "the document" : names.joined(separator: ".")
        }
        switch self {
        case .keyNotFound(let key, let context):
            return "\(path(context.codingPath, key.stringValue)) is missing"
        case .valueNotFound(_, let context): return "\(path(context.codingPath)) must not be null"
        case .typeMismatch(_, let context), .dataCorrupted(let context):
            return "\(path(context.codingPath)): \(context.debugDescription)"
        @unknown default: return "the document"
        }
    }
}
