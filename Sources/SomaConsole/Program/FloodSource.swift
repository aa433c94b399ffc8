import Glibc
import SomaCore
import SomaTerminal
import Synchronization

/// A source for measurements: a fleet, then transitions at a rate, each told by itself as a daemon's stream does.
final class FloodSource: ConsoleSource {
    let news: AsyncStream<SourceNews>
    private let queue = NewsQueue()
    private let told = Mutex<(count: Int, seconds: Double)>((0, 0))

    /// How often at most it is looked how many transitions are due.
    private static let stepMin = Duration.milliseconds(2)

    init() { news = AsyncStream { [queue] in await queue.next() } }

    /// How many transitions were told after the first fleet.
    var count: Int { told.withLock { $0.count } }
    /// How much of the processor's time went into making them up, in seconds.
    var seconds: Double { told.withLock { $0.seconds } }

    func send(_ request: SourceRequest) {
        guard case .words(let ids) = request else { return }
        let states = ids.map { id in
            (id, id.high == 7 ? WordsState(FloodStory.goal(Int(id.low)).text) : .missing)
        }
        Task { [queue] in
            await queue.put(.words(Dictionary(states, uniquingKeysWith: { first, _ in first })))
        }
    }

    func close() { queue.close() }

    /// Tells the fleet.
    func open(_ fleet: Fleet) async {
        await queue.put([.connection(.live(lag: nil)), .snapshot(fleet)])
    }

    /// Tells transitions for a time, as many a second as given, or as many as are taken.
    func flood(_ story: inout FloodStory, rate: Int, for length: Duration) async {
        let clock = ContinuousClock()
        let start = clock.now
        // Waking for nothing would be counted as the console's work.
        let step = max(Self.stepMin, .seconds(1) / max(1, rate))
        while clock.now - start < length {
            let due = Int((clock.now - start).seconds * Double(rate))
            var batch: [Transition] = []
            let before = Self.threadSeconds
            while count + batch.count < due, let transition = story.next() { batch.append(transition) }
            let used = Self.threadSeconds - before
            for transition in batch { await queue.put(.transitions([transition])) }
            told.withLock { told in
                told.count += batch.count
                told.seconds += used
            }
            try? await clock.sleep(for: step)
        }
    }

    private static var threadSeconds: Double { seconds(CLOCK_THREAD_CPUTIME_ID) }

    /// The processor's time that this process has used, in seconds.
    static var processSeconds: Double { seconds(CLOCK_PROCESS_CPUTIME_ID) }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// A screen for measurements: says when a frame shows what a key has changed, and counts what would be written.
final class FloodScreen: TerminalScreen {
    private struct State {
        var last: Canvas?
        var frames = 0
        var bytes = 0
        var awaited: (isShown: @Sendable (Canvas) -> Bool, continuation: CheckedContinuation<Void, Never>)?
        var isClosed = false
    }

    let size: Size
    let depth = ColorDepth.truecolor
    let glyphs = GlyphSet.unicode
    let events: AsyncStream<TerminalEvent>
    private let continuation: AsyncStream<TerminalEvent>.Continuation
    private let state = Mutex(State())

    init(size: Size) {
        self.size = size
        (events, continuation) = AsyncStream.makeStream()
    }

    var frames: Int { state.withLock { $0.frames } }
    var bytes: Int { state.withLock { $0.bytes } }

    func present(_ canvas: Canvas) {
        let waiter = state.withLock { state in
            state.frames += 1
            if let last = state.last {
                state.bytes += canvas.damage(from: last).reduce(0) { $0 + RenderPerf.bytes(of: $1, canvas) }
            }
            state.last = canvas
            guard let awaited = state.awaited, awaited.isShown(canvas) else {
                return CheckedContinuation<Void, Never>?.none
            }
            state.awaited = nil
            return awaited.continuation
        }
        waiter?.resume()
    }

    /// Presses a key that scrolls the columns; returns once a frame shows it.
    func scroll(_ key: Character, isScrolled: Bool) async {
        let row = FrameLayout.headingRow(size)
        await press(key) { ($0[Point(column: 0, row: row)]?.text == "◂") == isScrolled }
    }

    /// Presses a key; returns once there is a frame that shows what it did, or none will be any more.
    func press(_ key: Character, until isShown: @escaping @Sendable (Canvas) -> Bool) async {
        await withCheckedContinuation { continuation in
            let isClosed = state.withLock { state in
                if !state.isClosed { state.awaited = (isShown, continuation) }
                return state.isClosed
            }
            if isClosed { continuation.resume() } else { self.continuation.yield(.key(Key(key))) }
        }
    }

    func press(_ key: Character) { continuation.yield(.key(Key(key))) }
    func press(_ key: Key.Code) { continuation.yield(.key(Key(key))) }

    func bell() {}
    func notify(title: String, body: String) -> Bool { false }
    func copy(_ text: String) -> Bool { false }
    func suspend() {}
    func lend(to work: @escaping @Sendable () -> Void) { work() }

    func close() {
        continuation.finish()
        state.withLock { state in
            state.isClosed = true
            defer { state.awaited = nil }
            return state.awaited
        }?.continuation.resume()
    }
}
