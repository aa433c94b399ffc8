package import SomaCore
package import SomaTerminal
import Synchronization

/// The console's shell: takes keys and news, performs what `update` asks for, and shows frames.
///
/// It draws at most 30 frames a second, fewer while nobody presses a key (see `FramePace`), and none where nothing
/// visible changed. A key is answered at once, even between two frames. No timer runs where nothing on the screen
/// gets older.
package struct ConsoleProgram: Sendable {
    /// What the shell is given.
    package struct Options: Sendable {
        /// What the header calls the place.
        package var place: String
        /// The themes that can be chosen; the first is used.
        package var themes: [Theme]
        /// The person's clock.
        package var clock: ClockFace
        /// The view to begin with, where the person names one.
        package var opens: Opening?
        /// Whether commands that change a run are refused.
        package var isReadOnly: Bool
        /// How fast a recording plays; `nil` in a live view.
        package var speed: Double?
        /// Whether a recording plays from the start.
        package var plays: Bool
        /// Files, processes and other daemons; `nil` where there is none of it.
        package var host: (any ConsoleHost)?
        /// What the person has set.
        package var config = ConsoleConfig()
        /// The context of the source; `nil` in a recording.
        package var context: ConsoleContext?
        /// The address of the source's daemon.
        package var daemon: String?
        /// What was left on the screen last time.
        package var desk: Desk?
        /// Lines typed after `:` in earlier times.
        package var history: [String] = []
        /// A filter for the view to begin with.
        package var filter: String?
        /// What the person should be told first.
        package var notice: Notice?
        /// The folder that runs started here work on, absolute.
        package var workspace: String?
        /// Where topics come from; `nil` where no Kafka is named.
        package var kafka: (any KafkaSource)?
        /// Where traces come from; `nil` where none can be had but those of runs' own logs.
        package var traces: (any TraceSource)?
        /// Where metrics come from; `nil` where there is nothing to ask.
        package var metrics: (any MetricsSource)?
        /// Dashboards beside those that need no file; one of the same name takes the other's place.
        package var dashboards: [Dashboard] = []
        /// The person's editor.
        package var editor: (any ArgumentEditor)?
        /// Gives a command to a shell, with variables in its environment, and doesn't wait for it; calls back with whether it
        /// ended well.
        package var runCommand: RunCommand?

        package typealias RunCommand =
            @Sendable (String, [String: String], _ ended: @escaping @Sendable (Bool) -> Void) -> Void

        package init(
            place: String = "",
            themes: [Theme] = [.dark, .mono],
            clock: ClockFace = ClockFace(),
            opens: Opening? = nil,
            isReadOnly: Bool = false,
            speed: Double? = nil,
            plays: Bool = false
        ) {
            self.place = place
            self.themes = themes
            self.clock = clock
            self.opens = opens
            self.isReadOnly = isReadOnly
            self.speed = speed
            self.plays = plays
        }
    }

    /// Where time comes from.
    package struct Timing: Sendable {
        /// The wall's time.
        package var now: @Sendable () -> Timestamp
        /// Waits; ends early where the task is cancelled.
        package var sleep: @Sendable (Duration) async -> Void
        /// The person's clock at a moment, which moves with summer time; `nil` where it stays as it was.
        package var clock: @Sendable (Timestamp) -> ClockFace?

        package init(
            now: @escaping @Sendable () -> Timestamp,
            clock: @escaping @Sendable (Timestamp) -> ClockFace? = { _ in nil },
            sleep: @escaping @Sendable (Duration) async -> Void
        ) {
            self.now = now
            self.clock = clock
            self.sleep = sleep
        }
    }

    /// How often at most what is to be remembered is kept, while the person is at it.
    package static let rememberInterval = Duration.seconds(30)

    private enum Message: Sendable {
        case app(AppMessage)
        /// News of the source with that number: what an earlier one still says is nobody's concern.
        case news(Int, SourceNews)
        case attached(Int, ReachedDaemon)
        case notAttached(Int, String)
        case frameDue

        var isTransitions: Bool {
            if case .news(_, .transitions) = self { true } else { false }
        }
    }

    private let screen: any TerminalScreen
    private let source: any ConsoleSource
    private let options: Options
    private let timing: Timing
    private let exports = ExportFile()

    /// Runs the console until the person ends it, the input ends, or the system asks.
    ///
    /// Closes the screen and the source in every case.
    /// - Returns: Why it ended.
    @discardableResult
    package static func run(
        screen: any TerminalScreen,
        source: any ConsoleSource,
        options: Options,
        timing: Timing
    ) async -> Ending {
        await observed(screen: screen, source: source, options: options, timing: timing).ending ?? .quit
    }

    /// Does what `run` does, for measurements.
    /// - Parameter probe: Told how long settling, drawing and comparing of each frame took.
    /// - Returns: The state in the end.
    static func observed(
        screen: any TerminalScreen,
        source: any ConsoleSource,
        options: Options,
        timing: Timing,
        probe: (@Sendable (Duration) -> Void)? = nil
    ) async -> AppState {
        await ConsoleProgram(screen: screen, source: source, options: options, timing: timing).loop(probe)
    }

    private func loop(_ probe: (@Sendable (Duration) -> Void)?) async -> AppState {
        let mailbox = Mailbox<Message>()
        let alarm = Alarm(timing) { mailbox.post($0) }
        let keys = Task { [screen] in
            for await event in screen.events { mailbox.post(.app(.terminal(event))) }
            mailbox.post(.app(.terminal(.inputClosed)))
        }
        let settings = options.host.map { host in
            Task { for await news in host.settings { mailbox.post(.app(.settings(news))) } }
        }
        let topics = options.kafka.map { kafka in
            Task { for await news in kafka.news { await mailbox.put(.app(.kafka(news)), isQuiet: true) } }
        }
        let spans = options.traces.map { traces in
            Task { for await news in traces.news { await mailbox.put(.app(.traces(news)), isQuiet: false) } }
        }
        let samples = options.metrics.map { metrics in
            Task { for await news in metrics.news { await mailbox.put(.app(.metrics(news)), isQuiet: true) } }
        }
        var line = SourceLine(source, mailbox)
        var state = beginning()
        var painter = Painter(screen: screen, themes: options.themes)
        var pace = FramePace(startedAt: timing.now())
        var keeper = DeskKeeper(host: options.host, keptAt: timing.now())
        alarm.frame(in: FramePace.firstMax)
        var rests = false
        while state.ending == nil, let batch = await mailbox.take(rests: rests) {
            var hasKey = false
            rests = false
            for message in batch {
                guard let message = line.admit(message, mailbox) else { continue }
                switch message {
                case .terminal: hasKey = true
                case .settings(let news): if let themes = news.themes { painter.renew(themes) }
                default: break
                }
                perform(state.update(message, now: timing.now()), &state, &line, &keeper, mailbox)
                if state.ending != nil { break }
            }
            guard state.ending == nil else { break }
            let now = timing.now()
            if hasKey {
                keeper.keepNowAndThen(state, at: now)
                pace.noteKey(at: now)
            }
            let isReady = state.hasFleet || state.connection.isLost
            let wait = hasKey ? .zero : pace.wait(at: now, isReady: isReady, moves: state.moves)
            // A flood of transitions is settled once for each frame; anything else at once, so that what it asks for
            // is on its way.
            if wait > .zero, !batch.allSatisfy(\.isTransitions) {
                perform(state.settle(), &state, &line, &keeper, mailbox)
            }
            if wait <= .zero {
                let begun = probe == nil ? nil : ContinuousClock.now
                state.clock = timing.clock(now) ?? state.clock
                perform(state.settle(), &state, &line, &keeper, mailbox)
                painter.paint(state)
                pace.noteFrame(at: now)
                state.noteDrawn()
                if let begun { probe?(ContinuousClock.now - begun) }
                alarm.frame(in: nil)
            } else {
                alarm.frame(in: wait)
                rests = true
            }
            alarm.tick(in: state.nextTick)
        }
        keeper.keep(state, at: timing.now())
        alarm.stop()
        mailbox.close()
        keys.cancel()
        settings?.cancel()
        topics?.cancel()
        spans?.cancel()
        samples?.cancel()
        options.kafka?.close()
        options.traces?.close()
        options.metrics?.close()
        line.close()
        options.host?.close()
        exports.close()
        screen.close()
        return state
    }

    /// The state before anything happened.
    private func beginning() -> AppState {
        var state = AppState(
            size: screen.size,
            now: timing.now(),
            clock: options.clock,
            place: options.place
        )
        state.themes = options.themes.map(\.name)
        state.theme = options.themes.first?.name ?? "dark"
        state.habits.adopt(options.config)
        state.habits.context = options.context
        state.habits.daemon = options.daemon
        state.habits.isReadOnlyEverywhere = options.isReadOnly
        state.isReadOnly = options.isReadOnly || options.context?.isReadOnly == true
        state.commandHistory = options.history
        state.notice = options.notice
        state.kafka.isNamed = options.kafka != nil
        state.traces.address = options.traces?.address
        state.metrics.origin = options.metrics?.origin
        state.metrics.dashboards = Dashboard.all(with: options.dashboards)
        if let desk = options.desk { state.restore(desk) }
        if let opening = options.opens { state.begin(with: opening) }
        if let filter = options.filter { state.setFilter(filter) }
        if let speed = options.speed {
            state.replay = ReplayState(speed: speed, plays: options.plays, from: timing.now())
        }
        state.hasEditor = options.editor != nil
        state.workspace = options.workspace
        state.forgetDrawn()
        return state
    }

    private func perform(
        _ effects: [AppEffect],
        _ state: inout AppState,
        _ line: inout SourceLine,
        _ keeper: inout DeskKeeper,
        _ mailbox: Mailbox<Message>
    ) {
        for effect in effects {
            switch effect {
            case .send(let request): line.source?.send(request)
            case .suspend: screen.suspend()
            case .bell: screen.bell()
            case .notify(let title, let body): _ = screen.notify(title: title, body: body)
            case .runCommand(let words, let environment, let failing):
                options.runCommand?(words, environment) { isDone in
                    guard !isDone, let failing else { return }
                    mailbox.post(.app(.told(Notice(failing, .bad))))
                }
            case .edit(let edit):
                options.editor?.edit(edit, on: screen) { mailbox.post(.app(.edited(edit, $0))) }
            case .copy(let text, let what):
                copy(text) { mailbox.post(.app(.told($0.notice(of: what)))) }
            case .reload: options.host?.reload()
            case .attach(let context):
                guard let host = options.host else { break }
                keeper.keep(state, at: timing.now())
                exports.close()
                _ = state.update(.entered(context, host.recall(context.name)), now: timing.now())
                line.attach(context, host, mailbox)
            case .plugin(let call):
                options.host?.run(call, on: screen) { outcome in
                    mailbox.post(.app(.told(outcome.notice(of: call.plugin))))
                }
            case .write(let path, let replaces):
                let text = AppView.render(state, theme: .mono, glyphs: screen.glyphs).text
                options.host?.write(text, to: path, replaces: replaces) { problem in
                    let notice =
                        problem.map { Notice($0, .bad) } ?? Notice("The screen is in \(path).", .good)
                    mailbox.post(.app(.told(notice)))
                }
            case .export(let step):
                exports.perform(step) { mailbox.post(.app(.exported($0, $1))) }
            case .kafka(let request): options.kafka?.send(request)
            case .traces(let request): options.traces?.send(request)
            case .metrics(let request): options.metrics?.send(request)
            case .quit: break
            }
        }
    }

    private func copy(_ text: String, ended: @escaping @Sendable (CopyOutcome) -> Void) {
        if screen.copy(text) { return ended(.clipboard) }
        guard let host = options.host else { return ended(.nowhere("")) }
        host.keep(text, ended: ended)
    }

    /// The source in sight, and the way of its news: when another one takes its place, what the first still says
    /// is left out.
    private struct SourceLine {
        private(set) var source: (any ConsoleSource)?
        private var number = 0
        private var task: Task<Void, Never>?

        init(_ source: any ConsoleSource, _ mailbox: Mailbox<Message>) { take(source, mailbox) }

        /// The message, if it is of what is in sight now.
        mutating func admit(_ message: Message, _ mailbox: Mailbox<Message>) -> AppMessage? {
            switch message {
            case .app(let message): return message
            case .news(let of, let news): return of == number ? .source(news) : nil
            case .attached(let of, let attachment):
                guard of == number else {
                    attachment.source.close()
                    return nil
                }
                take(attachment.source, mailbox)
                return .attached(attachment.address)
            case .notAttached(let of, let reason):
                return of == number ? .source(.connection(.failed(reason))) : nil
            case .frameDue: return nil
            }
        }

        /// Lets go of the source and reaches for that of another context.
        mutating func attach(_ context: ConsoleContext, _ host: any ConsoleHost, _ mailbox: Mailbox<Message>)
        {
            close()
            number += 1
            task = Task { [number] in
                do {
                    mailbox.post(.attached(number, try await host.attach(context)))
                } catch {
                    mailbox.post(.notAttached(number, "\(error)"))
                }
            }
        }

        mutating func take(_ source: any ConsoleSource, _ mailbox: Mailbox<Message>) {
            self.source = source
            task = Task { [number] in
                for await news in source.news {
                    let message = Message.news(number, news)
                    await mailbox.put(message, isQuiet: message.isTransitions)
                }
            }
        }

        mutating func close() {
            task?.cancel()
            source?.close()
            source = nil
        }
    }

    /// Draws frames and leaves out those that show nothing new.
    private struct Painter {
        let screen: any TerminalScreen
        var themes: [Theme]
        var last: Canvas?
        var chosen: Theme?

        /// Takes themes that were read again; one that is gone stays while it is in use.
        mutating func renew(_ themes: [Theme]) {
            self.themes = themes
            if let name = chosen?.name, let same = themes.first(where: { $0.name == name }) { chosen = same }
        }

        mutating func paint(_ state: AppState) {
            if chosen?.name != state.theme || chosen == nil {
                chosen = (themes.first { $0.name == state.theme } ?? .dark)
            }
            let theme = (chosen ?? .dark).adapted(to: screen.depth)
            let canvas = AppView.render(state, theme: theme, glyphs: screen.glyphs)
            guard canvas != last else { return }
            screen.present(canvas)
            last = canvas
        }
    }

    /// The two timers: one for a frame that has to wait, one for what gets older on the screen.
    private final class Alarm: Sendable {
        private struct State {
            var frame: Task<Void, Never>?
            var tick: (length: Duration, task: Task<Void, Never>)?
        }

        private let timing: Timing
        private let post: @Sendable (Message) -> Void
        private let state = Mutex(State())

        init(_ timing: Timing, post: @escaping @Sendable (Message) -> Void) {
            self.timing = timing
            self.post = post
        }

        func frame(in wait: Duration?) {
            state.withLock { state in
                guard let wait else {
                    state.frame?.cancel()
                    state.frame = nil
                    return
                }
                guard state.frame == nil else { return }
                state.frame = after(wait, .frameDue) { $0.frame = nil }
            }
        }

        func tick(in wait: Duration?) {
            state.withLock { state in
                if let tick = state.tick {
                    // One that comes early enough stays.
                    if let wait, tick.length <= wait { return }
                    tick.task.cancel()
                    state.tick = nil
                }
                guard let wait else { return }
                state.tick = (wait, after(wait, .app(.tick)) { $0.tick = nil })
            }
        }

        func stop() {
            frame(in: nil)
            tick(in: nil)
        }

        private func after(
            _ wait: Duration,
            _ message: Message,
            _ clear: @escaping @Sendable (inout State) -> Void
        )
            -> Task<Void, Never>
        {
            Task { [self] in
                await timing.sleep(wait)
                guard !Task.isCancelled else { return }
                state.withLock { clear(&$0) }
                post(message)
            }
        }
    }
}
