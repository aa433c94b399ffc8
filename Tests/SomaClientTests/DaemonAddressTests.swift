import SomaClient
import Testing

@Suite("Daemon addresses")
struct DaemonAddressTests {
    @Test(
        "Sockets and HTTP addresses are read, anything else is none",
        arguments: [
            ("unix:/run/x.sock", DaemonAddress.unix(path: "/run/x.sock")),
            ("/run/x.sock", .unix(path: "/run/x.sock")),
            ("http://127.0.0.1:80/", .http("http://127.0.0.1:80")), ("https://a", .http("https://a")),
            ("unix:relative", nil), ("", nil), ("ftp://a", nil), ("localhost:80", nil),
        ] as [(String, DaemonAddress?)]
    )
    func read(text: String, address: DaemonAddress?) {
        #expect(DaemonAddress(text) == address)
    }

    @Test("An address is written as it is read")
    func written() {
        for address in [DaemonAddress.unix(path: "/a/b"), .http("http://h:1")] {
            #expect(DaemonAddress(address.description) == address)
        }
    }
}
