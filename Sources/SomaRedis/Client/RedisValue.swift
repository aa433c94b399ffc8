internal import CHiredis

/// What Redis answered.
package enum RedisValue: Sendable, Hashable {
    case null
    case integer(Int64)
    /// Words of the protocol's own, such as `OK`.
    case status(String)
    case bytes([UInt8])
    case array([RedisValue])
    case error(RedisError)

    package var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
    package var bytes: [UInt8]? { if case .bytes(let value) = self { value } else { nil } }
    package var array: [RedisValue]? { if case .array(let value) = self { value } else { nil } }

    /// Copies a reply, which stays the caller's. Its depth is bounded by hiredis.
    init(copying reply: redisReply) {
        switch reply.type {
        case REDIS_REPLY_INTEGER: self = .integer(reply.integer)
        case REDIS_REPLY_STATUS: self = .status(String(decoding: Self.copy(reply), as: UTF8.self))
        case REDIS_REPLY_STRING: self = .bytes(Self.copy(reply))
        case REDIS_REPLY_ERROR:
            self = .error(RedisError(reply: String(decoding: Self.copy(reply), as: UTF8.self)))
        case REDIS_REPLY_ARRAY:
            let elements = UnsafeBufferPointer(start: reply.element, count: reply.elements)
            self = .array(elements.map { $0.map { RedisValue(copying: $0.pointee) } ?? .null })
        default: self = .null
        }
    }

    private static func copy(_ reply: redisReply) -> [UInt8] {
        guard let start = reply.str else { return [] }
        return UnsafeRawBufferPointer(start: start, count: reply.len).map { $0 }
    }
}
