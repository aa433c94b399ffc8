import SomaCore
import SomaEngine
import SomaGateway
import SomaHTTP
import Testing

@Suite("Routes of conversations", .timeLimit(.minutes(2)))
struct ConversationRoutesTests {
    private func json(_ response: HTTPResponse) throws -> JSON { try JSON.parse(response.body) }

    /// Begins a conversation.
    private func begin(_ rig: Rig, _ body: String = "{}") async throws -> String {
        let response = try await rig.send(.post, "/v1/conversations", body: body)
        #expect(response.status == 201)
        let id = try #require(try json(response)["id"]?.string)
        #expect(response.headers["location"] == "/v1/conversations/\(id)")
        return id
    }

    /// The messages of a conversation's stream, as many as are wanted.
    private func follow(_ rig: Rig, _ id: String, after: Int = 0, count: Int) async throws -> [JSON] {
        var request = HTTPRequest(
            .get,
            "http://soma/v1/conversations/\(id)/stream?after=\(after)",
            unixSocketPath: rig.socket
        )
        request.addressPolicy = .any
        var messages: [JSON] = []
        for try await event in try await rig.http.events(request) {
            #expect(event.type == "message")
            let message = try JSON.parse(event.data)
            #expect(message["number"]?.int.map(String.init) == event.lastEventID)
            messages.append(message)
            if messages.count == count { break }
        }
        return messages
    }

    @Test("messages are answered in order, on the stream and in pages")
    func talk() async throws {
        try await Rig.run { rig in
            let id = try await begin(rig)
            let stream = Task { try await follow(rig, id, count: 4) }
            for text in ["count 1", "no such goal"] {
                let posted = try await rig.send(
                    .post,
                    "/v1/conversations/\(id)/messages",
                    body: JSON.object(["text": .string(text)]).text()
                )
                #expect(posted.status == 202)
                #expect(try json(posted)["status"]?.string == "waiting")
            }
            let messages = try await stream.value
            #expect(messages.map { $0["number"]?.int } == [1, 2, 3, 4])
            let answers = messages.filter { $0["author"]?.string == "agent" }
            let asked = messages.filter { $0["author"]?.string == "person" }.map { $0["number"]?.int }
            #expect(asked.count == 2 && answers.map { $0["answers"]?.int } == asked)
            #expect(answers.last?["status"]?.string == "refused")
            let page = try await rig.send(.get, "/v1/conversations/\(id)/messages?after=1&limit=2")
            #expect(try json(page)["messages"]?.array?.count == 2)
            #expect(try json(page)["next"]?.int == 3)
            // Who comes back goes on where it left off.
            #expect(try await follow(rig, id, after: 3, count: 1).first?["number"]?.int == 4)
            let run = try #require(answers.first?["run"]?.string)
            let state = try #require(await rig.engine.state(of: RunID(run)))
            #expect(state.conversation == ConversationID(id))
        }
    }

    @Test("a repeated key adds nothing, and conversations are listed with what they were begun with")
    func keys() async throws {
        try await Rig.run { rig in
            let id = try await begin(rig, #"{"role":"coder","subject":"anna","limits":{"steps":9}}"#)
            for _ in 0..<3 {
                let response = try await rig.send(
                    .post,
                    "/v1/conversations/\(id)/messages",
                    headers: ["Idempotency-Key": "one"],
                    body: #"{"text":"count 1"}"#
                )
                #expect(try json(response)["number"]?.int == 1)
            }
            let other = try await begin(rig)
            let page = try json(try await rig.send(.get, "/v1/conversations?limit=1"))
            #expect(page["conversations"]?[0]?["id"]?.string == other)
            let next = try #require(page["next"]?.string)
            let rest = try json(try await rig.send(.get, "/v1/conversations?after=\(next)"))
            #expect(rest["conversations"]?[0]?["id"]?.string == id)
            #expect(rest["next"] == nil)
            let one = try json(try await rig.send(.get, "/v1/conversations/\(id)"))
            #expect(one["role"]?.string == "coder" && one["subject"]?.string == "anna")
            #expect(one["limits"]?["steps"]?.int == 9)
        }
    }

    @Test(
        "what makes no sense is refused with what to do",
        arguments: [
            ("POST", "", #"{"role":"wizard"}"#, 422, "role.unknown"),
            ("POST", "", #"{"workspace":"here"}"#, 400, "workspace.invalid"),
            ("POST", "", #"{"workspace":"/no/such/folder"}"#, 422, "workspace.unusable"),
            ("POST", "", #"{"limits":{"steps":-1}}"#, 400, "limits.invalid"),
            ("POST", "", #"{"role":7}"#, 400, "body.invalid"),
            ("POST", "/none/messages", #"{"text":"x"}"#, 404, "conversation.missing"),
            ("POST", "/ID/messages", #"{}"#, 400, "body.invalid"),
            ("POST", "/ID/messages", #"{"text":" \n"}"#, 400, "message.invalid"),
            ("POST", "/ID/messages", "nonsense", 400, "body.json"),
            ("GET", "/none", "", 404, "conversation.missing"),
            ("GET", "/%1b%5b2J", "", 404, "conversation.missing"),
            ("GET", "/none/stream", "", 404, "conversation.missing"),
            ("GET", "/ID/messages?limit=0", "", 400, "query.invalid"),
            ("GET", "/ID/stream?after=-1", "", 400, "query.invalid"),
        ]
    )
    func refusals(method: String, path: String, body: String, status: Int, code: String) async throws {
        try await Rig.run { rig in
            let id = try await begin(rig)
            let response = try await rig.send(
                method == "POST" ? .post : .get,
                "/v1/conversations" + path.replacing("ID", with: id),
                body: body.isEmpty ? nil : body
            )
            #expect(response.status == status, "\(path) \(body)")
            let problem = try json(response)
            #expect(problem["type"]?.string?.hasSuffix(code) == true, "\(problem.text())")
        }
    }

    @Test("a message that is too long is refused, and one that just isn't is kept whole")
    func lengths() async throws {
        try await Rig.run { rig in
            let id = try await begin(rig)
            for (count, status) in [(65_536, 202), (65_537, 400)] {
                let text = String(repeating: "x", count: count)
                let response = try await rig.send(
                    .post,
                    "/v1/conversations/\(id)/messages",
                    body: JSON.object(["text": .string(text)]).text()
                )
                #expect(response.status == status)
            }
            let page = try await rig.send(.get, "/v1/conversations/\(id)/messages?limit=1")
            #expect(try json(page)["messages"]?[0]?["text"]?.string?.count == 65_536)
        }
    }
}
