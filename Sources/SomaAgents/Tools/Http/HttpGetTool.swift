package import SomaCore
package import SomaHTTP

/// Fetches a page.
package struct HttpGetTool: Tool {
    private static let shownHeaders = [
        "Content-Type", "Content-Length", "Last-Modified", "ETag", "Location", "Retry-After", "Server",
    ]
    private static let redirectsMax = 5

    private let client: HTTPClient

    package init(client: HTTPClient) { self.client = client }

    package let specification = ToolSpecification(
        name: "http_get",
        summary: """
            Fetches a URL with HTTP GET and returns its text. Loopback, private and link-local addresses are refused \
            unless the role allows them, after every redirect too. What is no text is only measured.
            """,
        parameters: Parameters.object(
            [
                "url": [
                    "type": "string", "description": "An http or https URL.", "minLength": 8,
                    "maxLength": 8192,
                    "pattern": "(?i)^https?://",
                ],
                "bytes_max": Parameters.count(
                    "The largest body that is taken.",
                    1...67_108_864,
                    byDefault: 4_194_304
                ),
                "accept": [
                    "type": "string", "description": "The Accept field.", "maxLength": 500, "default": "*/*",
                ],
            ],
            required: ["url"]
        ),
        effect: .read,
        reach: .outside,
        risk: "Tells the URL, and all that is written in it, to a server on the internet.",
        timeout: .seconds(30)
    )

    package func call(_ arguments: JSON, _ context: ToolContext) async -> ToolResult {
        let url = arguments["url"]?.string ?? ""
        var timeouts = HTTPTimeouts()
        timeouts.total = context.policy.timeout ?? specification.timeout
        let request = HTTPRequest(
            .get,
            url,
            headers: ["Accept": arguments["accept"]?.string ?? "*/*"],
            timeouts: timeouts,
            maxBodyBytes: arguments["bytes_max"]?.int,
            redirectsMax: Self.redirectsMax,
            addressPolicy: context.policy.allowsPrivateAddresses ? .any : .publicOnly
        )
        do {
            return Self.result(try await client.send(request), outputBytesMax: context.policy.outputBytesMax)
        } catch let error as HTTPError {
            return ToolResult(Self.toolError(error))
        } catch {
            return ToolResult(ToolError(.cancelled, "Fetching was cancelled."))
        }
    }

    static func result(_ response: HTTPResponse, outputBytesMax: Int) -> ToolResult {
        var headers: JSONObject = [:]
        for name in shownHeaders { headers[name.lowercased()] = response.headers[name].map { .string($0) } }
        let isText = response.body.withUnsafeBufferPointer { !FileBytes.isBinary($0) }
        let isCut = isText && response.body.count > outputBytesMax
        let facts: JSON = [
            "status": JSON(response.status), "url": .string(response.head.url), "headers": .object(headers),
            "bytes": JSON(response.body.count), "is_text": .bool(isText), "truncated": .bool(isCut),
        ]
        let text =
            isText
            ? String(decoding: response.body.prefix(outputBytesMax), as: UTF8.self)
            : "\(response.body.count) bytes of \(response.head.mediaType ?? "unknown type"), no text"
        return ToolResult(
            failure: response.head.isSuccess ? nil : .failed,
            output: facts,
            text: response.head.isSuccess ? text : "Status \(response.status)\n\(text)",
            truncated: isCut
        )
    }

    static func toolError(_ error: HTTPError) -> ToolError {
        let failure: ToolResult.Failure =
            switch error.kind {
            case .addressRefused, .redirectRefused: .refused
            case .invalidRequest: .invalidArguments
            case .timedOut: .timedOut
            case .bodyTooLarge, .headTooLarge, .eventTooLarge: .tooLarge
            case .nameNotResolved: .notFound
            default: .failed
            }
        return ToolError(failure, error.description)
    }
}
