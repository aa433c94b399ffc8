/// What a call may use and where its output goes.
package struct ToolContext: Sendable {
    /// The folder that the tool works in, as an absolute path; `nil` for a run without one.
    package var workspace: String?
    /// The limits that hold for the call.
    package var policy: ToolPolicy
    /// The effect's key (`run/seq`): the same for a repetition of the same effect.
    package var idempotencyKey: String
    /// Takes output as it comes. Called from any thread, in order, never at the same time from two.
    package var emit: @Sendable (ToolOutput) -> Void

    package init(
        workspace: String?,
        policy: ToolPolicy = ToolPolicy(),
        idempotencyKey: String = "",
        emit: @escaping @Sendable (ToolOutput) -> Void = { _ in }
    ) {
        self.workspace = workspace
        self.policy = policy
        self.idempotencyKey = idempotencyKey
        self.emit = emit
    }
}

/// A piece of output of a running call. Not part of the log: the result is.
package struct ToolOutput: Sendable, Hashable {
    /// Where a command wrote it.
    package enum Stream: String, Sendable, Hashable { case output, error }

    /// Where it was written.
    package let stream: Stream
    /// The bytes as they came; a character may be cut between two pieces.
    package let bytes: [UInt8]

    package init(stream: Stream, bytes: [UInt8]) {
        self.stream = stream
        self.bytes = bytes
    }
}

/// The limits of a call; a role's configuration narrows them.
package struct ToolPolicy: Sendable, Hashable {
    /// Whether commands run in a sandbox.
    package enum Sandbox: String, Sendable, Hashable, CaseIterable {
        /// In the sandbox, or not at all.
        case required
        /// In the sandbox where there is one.
        case preferred
        /// Without one, as the daemon's own user: for a machine that is itself thrown away.
        case off
    }

    /// Whether commands run in a sandbox.
    package var sandbox: Sandbox = .required
    /// Whether HTTP may reach loopback and private addresses.
    package var allowsPrivateAddresses = false
    /// How long a call may take; `nil` leaves it to the tool.
    package var timeout: Duration?
    /// The most text that a result holds; the rest is cut, and said to be.
    package var outputBytesMax = 256 << 10
    /// Address space of each process of a command, and of its whole tree in resident memory.
    package var memoryBytesMax: Int64 = 2 << 30
    /// Processes and threads of a command at once.
    package var processesMax = 512
    /// The size of one file that a command writes.
    package var fileBytesMax: Int64 = 1 << 30
    /// Free space that a command must leave on the disk of its workspace.
    package var diskBytesLeft: Int64 = 1 << 30
    /// The size of a workspace that is copied for a command, where the daemon is root.
    package var copyBytesMax: Int64 = 1 << 30
    /// The number of entries of such a workspace.
    package var copyEntriesMax = 200_000
    /// Folders of the host besides /usr that a command may see, read-only: toolchains under /opt, say.
    package var visiblePaths: [String] = []
    /// Variables for commands, besides PATH, HOME and LANG.
    package var environment: [String: String] = [:]
    /// Where copies of workspaces are made. Other users must be able to pass through it.
    package var scratchFolder = "/var/tmp"

    package init() {}
}
