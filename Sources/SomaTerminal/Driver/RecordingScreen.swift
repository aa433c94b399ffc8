private import Synchronization

/// A screen in memory, for tests: keeps what was presented and plays events that a test sends.
public final class RecordingScreen: TerminalScreen {
    private struct State {
        var size: Size
        var frames: [Canvas] = []
        var bells = 0
        var copied: [String] = []
        var notifications: [String] = []
        var suspensions = 0
        var loans = 0
        var isClosed = false
    }

    private let state: Mutex<State>
    private let continuation: AsyncStream<TerminalEvent>.Continuation
    /// What the test sent.
    public let events: AsyncStream<TerminalEvent>
    /// The depth it claims.
    public let depth: ColorDepth
    /// The glyphs it claims.
    public let glyphs: GlyphSet
    /// Most frames that are kept; older ones are forgotten.
    public static let framesMax = 1_000

    private let hasClipboard: Bool

    /// Makes an empty screen.
    public init(
        size: Size = .standard,
        depth: ColorDepth = .truecolor,
        glyphs: GlyphSet = .unicode,
        hasClipboard: Bool = true
    ) {
        self.hasClipboard = hasClipboard
        self.depth = depth
        self.glyphs = glyphs
        state = Mutex(State(size: size))
        (events, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(65_536))
    }

    /// The size that was set last.
    public var size: Size { state.withLock { $0.size } }
    /// All frames that were presented, oldest first.
    public var frames: [Canvas] { state.withLock { $0.frames } }
    /// The frame on the screen.
    public var last: Canvas? { state.withLock { $0.frames.last } }
    /// How often the bell rang.
    public var bells: Int { state.withLock { $0.bells } }
    /// What was copied, oldest first.
    public var copied: [String] { state.withLock { $0.copied } }
    /// The notifications as a terminal would get them, oldest first.
    public var notifications: [String] { state.withLock { $0.notifications } }
    /// How often the program was suspended.
    public var suspensions: Int { state.withLock { $0.suspensions } }
    /// How often another program had the terminal.
    public var loans: Int { state.withLock { $0.loans } }
    /// Whether the screen was closed.
    public var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Keeps a frame.
    public func present(_ canvas: Canvas) {
        state.withLock { state in
            guard !state.isClosed else { return }
            if state.frames.count == RecordingScreen.framesMax { state.frames.removeFirst() }
            state.frames.append(canvas)
        }
    }

    /// Counts a bell.
    public func bell() { state.withLock { $0.bells += 1 } }

    /// Keeps the notification.
    public func notify(title: String, body: String) -> Bool {
        state.withLock { $0.notifications.append(NotificationText.line(title: title, body: body)) }
        return true
    }

    /// Keeps the text, where it has a clipboard.
    public func copy(_ text: String) -> Bool {
        guard hasClipboard else { return false }
        state.withLock { $0.copied.append(text) }
        return true
    }

    /// Counts a suspension and sends `resumed`.
    public func suspend() {
        state.withLock { $0.suspensions += 1 }
        send(.resumed)
    }

    /// Does the work at once and sends `resumed`.
    public func lend(to work: @escaping @Sendable () -> Void) {
        guard !isClosed else { return }
        work()
        state.withLock { $0.loans += 1 }
        send(.resumed)
    }

    /// Ends the events.
    public func close() {
        state.withLock { $0.isClosed = true }
        continuation.finish()
    }

    /// Plays an event as if the terminal had sent it; a resize changes `size` first.
    public func send(_ event: TerminalEvent) {
        if case .resize(let size) = event { state.withLock { $0.size = size } }
        continuation.yield(event)
    }

    /// Plays keys as a person would type them.
    public func type(_ text: String) {
        for character in text { send(.key(Key(character))) }
    }
}
