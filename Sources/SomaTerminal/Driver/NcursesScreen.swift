private import CNcurses
private import Dispatch
private import Glibc
private import Synchronization

/// The real terminal, through ncurses; the only code that writes to it.
///
/// Canvases are written on a queue of its own, so `present` never waits for a slow terminal, and the next one only when
/// the terminal has shown the last; stale canvases are skipped. Input is read on a thread of its own. Only one instance can be open at a time. When the process ends by
/// a signal or a crash the terminal is restored first.
public final class NcursesScreen: TerminalScreen {
    private static let isOpen = Atomic(false)

    private let sizeNow: Mutex<Size>
    private let frames: FrameQueue
    private let writer: Mutex<CursesWriter>
    private let isSynchronized = Atomic(false)
    private let isLent = Atomic(false)
    private let output = DispatchQueue(label: "soma.terminal.output", qos: .userInteractive)
    private let continuation: AsyncStream<TerminalEvent>.Continuation
    private let outputDescriptor: Int32
    private let extras: Mutex<TerminalExtras>
    /// What the terminal and the system tell.
    public let events: AsyncStream<TerminalEvent>
    /// The colours of the terminal, from terminfo, COLORTERM and NO_COLOR.
    public let depth: ColorDepth
    /// ASCII where the locale isn't UTF-8 or the terminal's font lacks the glyphs.
    public let glyphs: GlyphSet

    /// Most events that wait for their reader; further ones are dropped.
    public static let eventsMax = 16_384
    /// How long after an end request the process is ended if the program hasn't closed the screen, in seconds.
    public static let graceSeconds = 3
    /// Longest text for the clipboard in bytes; terminals drop longer ones.
    public static let copyBytesMax = 74_994

    /// Takes over the terminal on standard input and output.
    /// - Parameters:
    ///   - environment: TERM, COLORTERM, NO_COLOR and what names the terminal program.
    ///   - ascii: Whether to draw ASCII even where the locale is UTF-8.
    ///   - mouse: Whether the mouse is told to the program; otherwise it selects text in the terminal as usual.
    /// - Throws: `TerminalError`: `notATerminal`, `unsupportedTerminal` for an unknown or dumb TERM, or `system`.
    public convenience init(
        environment: [String: String],
        ascii: Bool = false,
        mouse: Bool = true
    ) throws(TerminalError) {
        try self.init(environment: environment, ascii: ascii, mouse: mouse, input: 0, output: 1)
    }

    /// Takes over the terminal on other descriptors, which stay open.
    package init(
        environment: [String: String],
        ascii: Bool = false,
        mouse: Bool = true,
        input: Int32,
        output descriptor: Int32
    ) throws(TerminalError) {
        guard isatty(input) == 1, isatty(descriptor) == 1 else {
            throw TerminalError(
                .notATerminal,
                "The console needs a terminal for its input and output.",
                hint: "Where there is none: soma ps, soma log RUN --follow, soma run \"GOAL\"."
            )
        }
        let term = environment["TERM"] ?? ""
        let profile = TerminalProfile(term: term, environment: environment)
        let isUTF8 = soma_locale_is_utf8() == 1
        let name = try NcursesScreen.description(for: term, profile, descriptor)
        guard
            NcursesScreen.isOpen.compareExchange(
                expected: false,
                desired: true,
                ordering: .acquiringAndReleasing
            ).exchanged
        else { throw TerminalError(.system, "The terminal is already in use by this program.") }
        let signals = soma_signals_open()
        let status =
            signals < 0
            ? Int32(3)
            : soma_screen_open(
                name,
                input,
                descriptor,
                profile.enableModes(mouse: mouse),
                profile.disableModes
            )
        guard status == 0 else {
            soma_signals_close()
            NcursesScreen.isOpen.store(false, ordering: .releasing)
            throw TerminalError(.system, "The terminal refused to enter full-screen mode.")
        }
        outputDescriptor = descriptor
        glyphs = isUTF8 && !ascii && profile.drawsSymbols ? .unicode : .ascii
        let direct = soma_screen_has_direct_color() == 1
        depth = NcursesScreen.depth(
            colors: Int(soma_screen_colors()),
            direct: direct,
            refused: profile.refusesColor
        )
        extras = Mutex(profile.extras)
        let size = NcursesScreen.windowSize(descriptor) ?? .standard
        sizeNow = Mutex(size)
        let encoder = CellEncoder(depth: depth, ascii: glyphs == .ascii, direct: direct) { scalar in
            Int(soma_scalar_columns(scalar))
        }
        writer = Mutex(CursesWriter(size: size, encoder: encoder, profile: profile))
        frames = FrameQueue(on: output, asked: true)
        (events, continuation) = AsyncStream.makeStream(
            bufferingPolicy: .bufferingOldest(NcursesScreen.eventsMax)
        )
        InputReader(
            input: input,
            signals: signals,
            deliver: { [weak self] in self?.received($0) ?? false },
            listens: { [weak self] in self?.isLent.load(ordering: .acquiring) != true },
            ended: { NcursesScreen.isOpen.store(false, ordering: .releasing) }
        ).start()
        frames.begin { [weak self] canvas, asks, willWrite in self?.write(canvas, asks: asks, willWrite) }
        let questions =
            (profile.answersQueries ? "\u{1B}[?2026$p" + TerminalExtras.question : "") + FrameFlow.question
        output.async { [weak self] in self?.writer.withLock { $0.raw(questions) } }
    }

    deinit { close() }

    /// The size as the terminal told last.
    public var size: Size { sizeNow.withLock { $0 } }

    /// Shows a canvas; see the protocol.
    public func present(_ canvas: Canvas) { frames.present(canvas) }

    /// Whether everything that was presented is on the terminal.
    package var isSettled: Bool { frames.isSettled }

    /// Rings the bell.
    public func bell() { schedule { $0.raw("\u{07}") } }

    /// Shows a notification with OSC 9, where the terminal is known to have it.
    public func notify(title: String, body: String) -> Bool {
        guard extras.withLock({ $0.contains(.notifications) }) else { return false }
        schedule { $0.raw("\u{1B}]9;" + NotificationText.line(title: title, body: body) + "\u{07}") }
        return true
    }

    /// Puts a text on the clipboard with OSC 52, where the terminal is known to have it.
    public func copy(_ text: String) -> Bool {
        guard extras.withLock({ $0.contains(.clipboard) }), text.utf8.count <= NcursesScreen.copyBytesMax
        else { return false }
        schedule { $0.raw("\u{1B}]52;c;" + Base64.encode(Array(text.utf8)) + "\u{07}") }
        return true
    }

    /// Stops the process as Ctrl-Z does elsewhere.
    public func suspend() {
        schedule { [weak self] writer in
            guard let self else { return }
            self.frames.awaitAnswers()
            writer.suspend(terminal: NcursesScreen.windowSize(self.outputDescriptor) ?? self.size)
            self.checkSize()
            self.continuation.yield(.resumed)
        }
    }

    /// Gives the terminal to another program; see the protocol.
    public func lend(to work: @escaping @Sendable () -> Void) {
        schedule { [weak self] writer in
            guard let self else { return }
            self.frames.awaitAnswers()
            self.isLent.store(true, ordering: .releasing)
            soma_signals_wake(InputReader.lookAgain)
            writer.lend(
                terminal: { NcursesScreen.windowSize(self.outputDescriptor) ?? self.size },
                to: work
            )
            self.isLent.store(false, ordering: .releasing)
            soma_signals_wake(InputReader.lookAgain)
            self.checkSize()
            self.continuation.yield(.resumed)
        }
    }

    /// Restores the terminal and ends the events.
    public func close() {
        guard frames.end() else { return }
        frames.awaitAnswers()
        frames.close()
        closeTerminal()
        soma_signals_wake(0)
        continuation.finish()
    }

    /// Waits for the frame under way, but not for a terminal that takes nothing.
    private func closeTerminal() {
        for _ in 0..<NcursesScreen.graceSeconds * 100 {
            if writer.withLockIfAvailable({ _ in soma_screen_close() }) != nil { return }
            usleep(10_000)
        }
        soma_screen_restore()
    }

    private func schedule(_ work: @escaping @Sendable (inout CursesWriter) -> Void) {
        output.async { [weak self] in
            guard let self else { return }
            self.writer.withLock { writer in
                guard !self.frames.isEnding else { return }
                work(&writer)
            }
        }
    }

    private func write(_ canvas: Canvas, asks: Bool, _ willWrite: @Sendable (Int) -> Void) {
        writer.withLock { writer in
            guard !frames.isEnding else { return }
            writer.write(
                canvas,
                terminal: size,
                synchronized: isSynchronized.load(ordering: .relaxed),
                question: asks ? FrameFlow.question : "",
                willWrite: willWrite
            )
        }
    }

    /// Handles what the input thread read; false when it should end.
    private func received(_ news: InputReader.News) -> Bool {
        switch news {
        case .output(.event(let event)):
            if event == .inputClosed { frames.interrupted() }
            continuation.yield(event)
        case .output(.answer): frames.answered()
        case .output(.modeReport(let mode, let state)):
            if mode == 2026, state == 1 || state == 2 { isSynchronized.store(true, ordering: .relaxed) }
        case .output(.name(let answer)):
            let told = TerminalExtras(answer: answer)
            extras.withLock { $0 = told }
            schedule { $0.hasLinks = told.contains(.links) }
        case .signal(SIGWINCH): checkSize()
        case .signal(SIGCONT):
            schedule { [weak self] writer in
                guard let self else { return }
                writer.continueIfStopped(
                    terminal: NcursesScreen.windowSize(self.outputDescriptor) ?? self.size
                )
            }
            checkSize()
        case .signal(SIGTSTP): suspend()
        case .signal(let number): endRequested(number)
        }
        return !frames.isClosed
    }

    private func checkSize() {
        guard let size = NcursesScreen.windowSize(outputDescriptor) else { return }
        let changed = sizeNow.withLock { now in
            defer { now = size }
            return now != size
        }
        if changed { continuation.yield(.resize(size)) }
    }

    private func endRequested(_ signal: Int32) {
        continuation.yield(.endRequested(signal: signal))
        DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(NcursesScreen.graceSeconds)) {
            [weak self] in
            guard let self, !self.frames.isClosed else { return }
            soma_signals_die(signal)
        }
    }

    static func windowSize(_ descriptor: Int32) -> Size? {
        var rows: Int32 = 0
        var columns: Int32 = 0
        guard soma_window_size(descriptor, &rows, &columns) == 1 else { return nil }
        return Size(columns: Int(columns), rows: Int(rows))
    }

    static func depth(colors: Int, direct: Bool, refused: Bool) -> ColorDepth {
        if refused || colors < 8 { return .mono }
        if direct { return .truecolor }
        return colors >= 256 ? .palette : colors >= 16 ? .bright : .basic
    }

    /// The best terminal description that exists for a terminal.
    private static func description(
        for term: String,
        _ profile: TerminalProfile,
        _ descriptor: Int32
    ) throws(TerminalError) -> String {
        guard !term.isEmpty else {
            throw TerminalError(
                .unsupportedTerminal,
                "TERM is not set, so the terminal's kind is unknown.",
                hint: "Set it, for example: TERM=xterm-256color."
            )
        }
        for name in profile.descriptions(for: term) {
            switch soma_terminal_check(name, descriptor) {
            case 0: return name
            case 2:
                throw TerminalError(
                    .unsupportedTerminal,
                    "The terminal \"\(SafeText.line(term))\" can't show full screens.",
                    hint: "In another, set TERM to its name, for example TERM=xterm-256color."
                )
            default: continue
            }
        }
        throw TerminalError(
            .unsupportedTerminal,
            "The terminal \"\(SafeText.line(term))\" is unknown here.",
            hint: "Install its description (package ncurses-term) or try TERM=xterm-256color."
        )
    }
}
