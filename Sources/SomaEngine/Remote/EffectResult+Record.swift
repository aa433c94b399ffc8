package import SomaCore

extension EffectResult {
    /// As it is handed from process to process.
    package var record: JSON {
        var object: JSONObject = ["ok": .bool(succeeded), "status": .string(status)]
        if isRetryable { object["retryable"] = true }
        if isLost { object["lost"] = true }
        if let retryAfter { object["retryAfter"] = .int(retryAfter.microseconds) }
        if !detail.isEmpty { object["detail"] = .object(detail) }
        if !usage.isZero { object["usage"] = usage.record }
        if let text = String(validating: words.bytes, as: UTF8.self) {
            object["text"] = .string(text)
        } else {
            object["base64"] = .string(Base64.encode(words.bytes))
        }
        return .object(object)
    }

    /// Reads what `record` wrote; `nil` for anything else.
    package init?(record: JSON) {
        guard let succeeded = record["ok"]?.bool, let status = record["status"]?.string,
            let bytes = record["text"]?.string.map({ Array($0.utf8) })
                ?? record["base64"]?.string.flatMap(Base64.decode)
        else { return nil }
        self.init(
            succeeded: succeeded,
            status: status,
            isRetryable: record["retryable"]?.bool ?? false,
            isLost: record["lost"]?.bool ?? false,
            retryAfter: record["retryAfter"]?.int.map { .microseconds($0) },
            words: Words(bytes: bytes),
            detail: record["detail"]?.object ?? JSONObject(),
            usage: record["usage"]?.object.map(Usage.init) ?? .zero
        )
    }

    /// What stands for a result that can't be read: it happened, or some of it, and nobody knows what.
    package static var unreadable: EffectResult {
        RemoteEffects.lost("The result of the call can't be read by this version.")
    }
}
