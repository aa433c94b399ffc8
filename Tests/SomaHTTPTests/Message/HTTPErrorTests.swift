import SomaHTTP
import Testing

@Suite("HTTP errors")
struct HTTPErrorTests {
    @Test("say where, what and what to do, and leave out what there isn't")
    func description() {
        let whole = HTTPError(.closed, url: "http://a/b", reason: "it was closed", hint: "try again")
        #expect(whole.description == "http://a/b: it was closed (try again)")
        let bare = HTTPError(.internalFailure, url: "", reason: "no memory")
        #expect(bare.description == "no memory")
    }
}
