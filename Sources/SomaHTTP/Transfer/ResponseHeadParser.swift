/// Gathers the header lines that libcurl hands over one by one.
struct ResponseHeadParser {
    private let url: String
    private var status = 0
    private var headers = HTTPHeaders()
    private var bytes = 0
    private var isComplete = false

    init(url: String) { self.url = url }

    /// Takes a line with its end; returns the head when the line completes that of a final response.
    mutating func feed(_ line: some Collection<UInt8>) throws(HTTPError) -> HTTPResponseHead? {
        bytes += line.count
        guard bytes <= HTTPLimits.headBytes else {
            throw HTTPError(
                .headTooLarge,
                url: url,
                reason: "the response's header exceeds \(HTTPLimits.headBytes) bytes"
            )
        }
        // What follows the body are trailers; nobody relies on them.
        if isComplete { return nil }
        let text = String(decoding: line, as: UTF8.self)
        let trimmed = text.trimmingBlanks()
        if trimmed.isEmpty {
            defer { headers = HTTPHeaders() }
            guard status >= 200 else { return nil }
            isComplete = true
            return HTTPResponseHead(status: status, headers: headers, url: url)
        }
        if text.hasPrefix("HTTP/") {
            let fields = trimmed.split(separator: " ", maxSplits: 2)
            guard fields.count >= 2, let status = Int(fields[1]), (100...999).contains(status) else {
                throw HTTPError(.invalidResponse, url: url, reason: "the status line is malformed")
            }
            self.status = status
            headers = HTTPHeaders()
        } else if text.hasPrefix(" ") || text.hasPrefix("\t") {
            headers.extendLast(with: trimmed)
        } else if let colon = trimmed.firstIndex(of: ":") {
            headers.add(
                String(trimmed[..<colon]).trimmingBlanks(),
                String(trimmed[trimmed.index(after: colon)...]).trimmingBlanks()
            )
        }
        return nil
    }
}

extension String {
    /// Without white space and line ends around it.
    func trimmingBlanks() -> String {
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D || $0 == 0x0A }
        let start = utf8.drop(while: isBlank)
        guard let last = start.lastIndex(where: { !isBlank($0) }) else { return "" }
        return String(start[...last]) ?? ""
    }
}
