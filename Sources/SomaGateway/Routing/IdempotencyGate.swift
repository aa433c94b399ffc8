import HTTPTypes
import SomaCore
import SomaEngine

/// Answers a repeated POST as the first one was answered, without doing it again.
///
/// What is about to be done is written down before, its answer after. A key whose request was cut off between
/// the two is refused: whether it happened is not known, and it is not done twice on a guess. Where the engines keep keys,
/// they know.
actor IdempotencyGate {
    /// How many characters a key may have.
    static let keyMax = 200

    /// What is kept.
    private struct Record: Codable {
        var request: String
        var status: Int?
        var location: String?
        var type: String?
        var body: String?
    }

    private let store: any EventStore
    private var waiters: [String: [CheckedContinuation<Void, Never>]] = [:]

    private let keepsKeys: Bool

    /// - Parameter keepsKeys: Whether a request that was cut off may be asked again with its key.
    init(store: any EventStore, keepsKeys: Bool) {
        self.store = store
        self.keepsKeys = keepsKeys
    }

    /// Performs a request, once a key.
    nonisolated func once(_ route: Route, _ exchange: Exchange) async throws(Problem) -> Answer {
        guard let name = HTTPField.Name("Idempotency-Key"), let key = exchange.headers[name] else {
            try await route.admission()
            return try await route.handler(exchange)
        }
        guard !key.isEmpty, key.utf8.count <= Self.keyMax, key.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw Problem(
                400,
                "idempotency.key",
                "Idempotency-Key must be 1 to 200 visible ASCII characters."
            )
        }
        await enter(key)
        let result: Result<Answer, Problem>
        do throws(Problem) {
            result = .success(try await answered(route, exchange, key: key))
        } catch {
            result = .failure(error)
        }
        await leave(key)
        return try result.get()
    }

    private nonisolated func answered(
        _ route: Route,
        _ exchange: Exchange,
        key: String
    ) async throws(Problem) -> Answer {
        let request = fingerprint(route, exchange)
        if let known = try await record("answer:" + key) {
            guard known.request == request else { throw Self.reused }
            return answer(known)
        }
        if let begun = try await record("begun:" + key) {
            guard begun.request == request else { throw Self.reused }
            // Where the engines keep the key themselves, asking again finds out.
            guard keepsKeys else {
                throw Problem(
                    409,
                    "idempotency.unknown",
                    "A request with this key was cut off, and whether it was carried out is not known.",
                    hint: "Look at GET /v1/runs, then use a new key where it was not."
                )
            }
        } else {
            // Before it is written down: whoever finds no room asks again with the same key.
            try await route.admission()
            try await keep("begun:" + key, Record(request: request))
        }
        let answer: Answer
        do throws(Problem) {
            answer = try await route.handler(exchange)
        } catch {
            // A refusal is an answer too; a failure says nothing about what was done.
            guard error.status < 500 else { throw error }
            answer = Answer(error)
        }
        try await keep("answer:" + key, record(answer, request))
        return answer
    }

    private nonisolated func record(_ answer: Answer, _ request: String) -> Record {
        var record = Record(request: request, status: answer.status)
        record.location = answer.headers[.location]
        record.type = answer.headers[.contentType]
        if case .bytes(let bytes) = answer.body { record.body = String(decoding: bytes, as: UTF8.self) }
        return record
    }

    private nonisolated func answer(_ record: Record) -> Answer {
        var answer = Answer(
            record.status ?? 200,
            type: record.type ?? "application/json",
            bytes: Array((record.body ?? "").utf8)
        )
        answer.headers[.location] = record.location
        if let name = HTTPField.Name("Idempotent-Replayed") { answer.headers[name] = "true" }
        return answer
    }

    /// Tells apart what is asked for. It guards against mistakes, not against forgers: they have the socket.
    private nonisolated func fingerprint(_ route: Route, _ exchange: Exchange) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in exchange.body { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        let parameters = exchange.parameters.sorted { $0.key < $1.key }.map(\.value).joined(separator: "/")
        return "\(route.pattern) \(parameters) \(exchange.body.count) \(String(hash, radix: 16))"
    }

    private nonisolated func record(_ key: String) async throws(Problem) -> Record? {
        do throws(StoreError) {
            guard let bytes = try await store.idempotent(key: key, answer: nil) else { return nil }
            return try? JSON.parse(bytes).decode(Record.self)
        } catch {
            throw Problem(error)
        }
    }

    private nonisolated func keep(_ key: String, _ record: Record) async throws(Problem) {
        guard let bytes = try? JSON(encoding: record).bytes() else { return }
        do throws(StoreError) {
            _ = try await store.idempotent(key: key, answer: bytes)
        } catch {
            throw Problem(error)
        }
    }

    private static let reused = Problem(
        422,
        "idempotency.reused",
        "This Idempotency-Key was used for another request.",
        hint: "Use a new key for each request."
    )

    /// Waits for an earlier request with the same key.
    private func enter(_ key: String) async {
        guard waiters[key] != nil else {
            waiters[key] = []
            return
        }
        await withCheckedContinuation { waiters[key, default: []].append($0) }
    }

    private func leave(_ key: String) {
        guard var queue = waiters[key], !queue.isEmpty else {
            waiters[key] = nil
            return
        }
        let next = queue.removeFirst()
        waiters[key] = queue
        next.resume()
    }
}

extension Problem {
    /// The problem that a store's error is to a client.
    init(_ error: StoreError) {
        self.init(
            error.kind == .full ? 507 : 503,
            "store.\(error.kind.rawValue)",
            error.message,
            hint: error.hint.isEmpty ? nil : error.hint
        )
    }

    /// The problem that a refused command is to a client.
    init(_ refusal: CommandRefusal) {
        let status =
            switch refusal.kind {
            case .missing: 404
            case .conflict: 409
            case .invalid: 400
            case .refused: 422
            case .unavailable: 503
            }
        self.init(status, refusal.code, refusal.message, hint: refusal.hint.isEmpty ? nil : refusal.hint)
    }
}
