/// How long a request may take, part by part; `nil` means without limit.
public struct HTTPTimeouts: Hashable, Sendable {
    /// Name resolution, connection and TLS handshake. At least one millisecond.
    public var connect: Duration
    /// From the start of the request, upload included, to the response's first byte.
    public var firstByte: Duration?
    /// Between two arrivals of bytes; time during which the consumer reads nothing doesn't count.
    public var idle: Duration?
    /// The whole exchange, redirects included. `nil` means ``HTTPLimits/sendTotal`` for
    /// ``HTTPClient/send(_:)`` and no limit for streams.
    public var total: Duration?

    /// Makes a set of limits; the defaults suit an ordinary API.
    public init(
        connect: Duration = .seconds(10),
        firstByte: Duration? = .seconds(60),
        idle: Duration? = .seconds(60),
        total: Duration? = nil
    ) {
        self.connect = connect
        self.firstByte = firstByte
        self.idle = idle
        self.total = total
    }
}

/// Fixed limits of the client.
public enum HTTPLimits {
    /// Decoded body bytes that ``HTTPClient/send(_:)`` accepts where the request says nothing.
    public static let sendBodyBytes = 16 * 1024 * 1024
    /// Time that ``HTTPClient/send(_:)`` takes at most where the request says nothing.
    public static let sendTotal: Duration = .seconds(300)
    /// Bytes of all header lines of one response.
    public static let headBytes = 256 * 1024
    /// Bytes of a URL.
    public static let urlBytes = 16 * 1024
    /// Bytes that wait for a slow consumer before the transfer is paused.
    public static let bufferedBytes = 256 * 1024
    /// Bytes of a refused response's body that an error carries.
    public static let errorBodyBytes = 64 * 1024
    /// Bytes of a unix socket's path (`sun_path` with its terminator).
    public static let socketPathBytes = 107
}
