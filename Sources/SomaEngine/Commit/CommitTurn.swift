import Synchronization

/// When a commit may be written that was formed while another one was still on its way.
///
/// The store looks at it in the moment of writing, on the thread that writes, so that neither the disk is idle in between
/// nor anything is written behind a commit that had no room.
public final class CommitTurn: Sendable {
    private struct State {
        /// The commit before; let go once it is over.
        var earlier: CommitTurn?
        var isOver = false
    }

    private let state: Mutex<State>

    /// Creates the turn of a commit.
    ///
    /// - Parameter earlier: The commit that is to be written before; `nil` where there is none.
    public init(after earlier: CommitTurn? = nil) { state = Mutex(State(earlier: earlier)) }

    /// Whether the commit before is over, so that this one may be written.
    public var hasCome: Bool {
        state.withLock { state in
            if state.earlier?.isOver ?? true { state.earlier = nil }
            return state.earlier == nil
        }
    }

    /// The commit is written, or nothing of it will be any more: the next one may be.
    public func pass() { state.withLock { $0.isOver = true } }

    private var isOver: Bool { state.withLock(\.isOver) }
}
