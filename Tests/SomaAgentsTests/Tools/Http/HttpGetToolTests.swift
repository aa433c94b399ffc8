import SomaCore
import SomaHTTP
import Testing

@testable import SomaAgents

@Suite("Fetching pages")
struct HttpGetToolTests {
    private static let urls = [
        "http://127.0.0.1:9/", "http://[::1]:9/", "http://[::ffff:127.0.0.1]:9/", "http://0.0.0.0:9/",
        "http://2130706433:9/",
        "http://0x7f000001:9/", "http://0177.0.0.1:9/", "http://127.1:9/", "http://169.254.169.254/latest/",
        "http://10.0.0.1/",
        "http://192.168.1.1/", "http://172.16.0.1/", "http://100.64.0.1/", "http://[fe80::1]/",
        "http://[fc00::1]/",
        "http://localhost:9/", "http://user@127.0.0.1:9/", "http://127.0.0.1:9\\@example.org/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/", "ftp://127.0.0.1/", "http://a\0b/", "http://", "https://",
    ]

    @Test("addresses inside and other schemes are refused before anything is sent", arguments: urls)
    func refusals(_ url: String) async throws {
        let client = try HTTPClient()
        let registry = try ToolRegistry([HttpGetTool(client: client)])
        let result = await registry.call("http_get", ["url": .string(url)], ToolContext(workspace: nil))
        await client.shutdown()
        #expect([.refused, .invalidArguments].contains(result.failure), "\(result.text)")
    }

    @Test("a response becomes text, facts and chosen header fields")
    func response() {
        let head = HTTPResponseHead(
            status: 200,
            headers: ["content-type": "text/plain", "Set-Cookie": "secret=1"],
            url: "https://example.org/a"
        )
        let result = HttpGetTool.result(
            HTTPResponse(head: head, body: Array("hello".utf8)),
            outputBytesMax: 4
        )
        #expect(
            result
                == ToolResult(
                    output: [
                        "status": 200, "url": "https://example.org/a",
                        "headers": ["content-type": "text/plain"], "bytes": 5,
                        "is_text": true, "truncated": true,
                    ],
                    text: "hell",
                    truncated: true
                )
        )
        let binary = HttpGetTool.result(HTTPResponse(head: head, body: [0, 1]), outputBytesMax: 4)
        #expect(binary.text == "2 bytes of text/plain, no text")
        let missing = HTTPResponseHead(status: 404, headers: [:], url: "https://example.org/a")
        let failed = HttpGetTool.result(HTTPResponse(head: missing, body: []), outputBytesMax: 4)
        #expect(failed.failure == .failed && failed.text == "Status 404\n")
    }

    @Test("a client that was shut down is an error, not a crash")
    func closed() async throws {
        let client = try HTTPClient()
        await client.shutdown()
        var policy = ToolPolicy()
        policy.allowsPrivateAddresses = true
        let context = ToolContext(workspace: nil, policy: policy)
        #expect(
            await HttpGetTool(client: client).call(["url": "http://127.0.0.1:9/"], context).failure == .failed
        )
    }
}
