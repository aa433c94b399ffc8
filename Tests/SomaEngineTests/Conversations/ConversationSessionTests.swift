import SomaCore
import Synchronization
import Testing

@testable import SomaEngine

/// Keeps sessions in memory.
final class MemorySessions: SessionKeeper {
    let kept = Mutex<[String: [UInt8]]>([:])

    func session(_ name: String) async -> [UInt8]? { kept.withLock { $0[name] } }
    func keep(_ session: [UInt8], as name: String) async { kept.withLock { $0[name] = session } }
}

@Suite("Sessions of conversations")
struct ConversationSessionTests {
    private static let hasher = KeyedContentHasher(secret: [UInt8](repeating: 1, count: 32))
    private static let id = ConversationID("talk")

    static var session: ConversationSession {
        var session = ConversationSession(
            SomaEngine.Conversation(
                id: id,
                tenant: "t",
                subject: "anna",
                role: "researcher",
                workspace: "/w",
                limits: Limits(tokens: 7),
                startedAt: Timestamp(microseconds: 1)
            )
        )
        session.words = [
            ContentID(high: 1, low: 2): Words("hello"), ContentID(high: 3, low: 4): Words(bytes: [0, 255]),
            ContentID(high: 5, low: 6): Words(""),
        ]
        return session
    }

    @Test("a session is read as it was kept")
    func sealed() {
        let session = Self.session
        #expect(ConversationSession(session.sealed(Self.hasher), of: Self.id, Self.hasher) == session)
    }

    @Test("what another store, another conversation or anybody else has kept is not known")
    func strangers() {
        let bytes = Self.session.sealed(Self.hasher)
        let other = KeyedContentHasher(secret: [UInt8](repeating: 2, count: 32))
        #expect(ConversationSession(bytes, of: Self.id, other) == nil)
        #expect(ConversationSession(bytes, of: ConversationID("other"), Self.hasher) == nil)
        for length in [0, 5, 16, bytes.count - 1] {
            #expect(ConversationSession(Array(bytes.prefix(length)), of: Self.id, Self.hasher) == nil)
        }
        for place in bytes.indices {
            var bent = bytes
            bent[place] ^= 1
            #expect(ConversationSession(bent, of: Self.id, Self.hasher) == nil, "\(place)")
        }
    }
}
