/// A response's status and header fields.
public struct HTTPResponseHead: Hashable, Sendable {
    /// The status code, 200 to 999; interim responses are not shown.
    public var status: Int
    /// The fields, in order.
    public var headers: HTTPHeaders
    /// The URL that answered, after redirects.
    public var url: String

    /// Makes a head.
    public init(status: Int, headers: HTTPHeaders, url: String) {
        self.status = status
        self.headers = headers
        self.url = url
    }

    /// Whether the status is 2xx.
    public var isSuccess: Bool { (200..<300).contains(status) }

    /// The media type in lower case, without parameters; `nil` when not told.
    public var mediaType: String? {
        guard let value = headers["Content-Type"] else { return nil }
        let type = value.prefix { $0 != ";" }.lowercased()
        return String(type.drop { $0 == " " || $0 == "\t" }.prefix { $0 != " " && $0 != "\t" })
    }
}

/// A whole response.
public struct HTTPResponse: Hashable, Sendable {
    /// Status, fields and URL.
    public var head: HTTPResponseHead
    /// The decoded body.
    public var body: [UInt8]

    /// Makes a response.
    public init(head: HTTPResponseHead, body: [UInt8]) {
        self.head = head
        self.body = body
    }

    /// The status code.
    public var status: Int { head.status }
    /// The header fields.
    public var headers: HTTPHeaders { head.headers }
    /// The body as UTF-8, malformed parts replaced by U+FFFD.
    public var text: String { String(decoding: body, as: UTF8.self) }

    /// The response itself if its status is 2xx; throws ``HTTPError`` of kind
    /// ``HTTPError/Kind-swift.enum/unexpectedStatus`` otherwise.
    public func requireSuccess() throws(HTTPError) -> HTTPResponse {
        guard head.isSuccess else { throw .unexpectedStatus(self) }
        return self
    }
}

/// A response whose body is still arriving.
public struct HTTPStreamingResponse: Sendable {
    /// Status, fields and URL.
    public let head: HTTPResponseHead
    /// The decoded body, to be iterated once. Letting go of it ends the transfer.
    public let body: HTTPBodyStream

    /// Reads the rest of the body, up to a number of bytes; what exceeds it is not waited for.
    public func prefix(_ bytesMax: Int) async throws -> HTTPResponse {
        var bytes: [UInt8] = []
        for try await chunk in body {
            bytes.append(contentsOf: chunk.prefix(bytesMax - bytes.count))
            if bytes.count >= bytesMax { break }
        }
        return HTTPResponse(head: head, body: bytes)
    }
}

/// The chunks of a body as they arrive, in any sizes.
///
/// Iterate it once. The transfer is paused while chunks wait to be read; it ends when the task that
/// reads is cancelled or the last reference goes.
public struct HTTPBodyStream: AsyncSequence, Sendable {
    /// Bytes that arrived together; never empty.
    public typealias Element = [UInt8]

    let transfer: TransferHandle

    /// Reads the chunks.
    public func makeAsyncIterator() -> Iterator { Iterator(transfer: transfer) }

    /// Reads the chunks; throws ``HTTPError`` when the transfer breaks and `CancellationError` when cancelled.
    public struct Iterator: AsyncIteratorProtocol {
        let transfer: TransferHandle

        /// The next bytes, or `nil` at the end.
        public mutating func next() async throws -> [UInt8]? { try await transfer.nextChunk() }
    }
}
