package import SomaCore
package import SomaTerminal

/// Single frames without a terminal: what `soma screen` prints, and what docs and bug reports use.
package enum ScreenFrame {
    /// How a frame is written.
    package enum Format: String, Sendable, CaseIterable {
        case text, ansi, svg
    }

    /// What is to be drawn.
    package struct Request: Sendable {
        /// A view's name, as `Opening` reads it, or `help`; a view about a run takes the selected one, or `plan:ID`.
        package var view: String
        /// The terminal's size.
        package var size: Size
        /// The transition of the recording to stand at; `nil` is its end.
        package var transition: Int?
        /// Keys to press first, as `soma screen --keys` names them: `j j enter`.
        package var keys: String
        package var theme: Theme
        package var glyphs: GlyphSet
        package var clock: ClockFace
        /// What the header calls the place.
        package var place: String

        package init(
            view: String = "fleet",
            size: Size = Size(columns: 120, rows: 40),
            transition: Int? = nil,
            keys: String = "",
            theme: Theme = .dark,
            glyphs: GlyphSet = .unicode,
            clock: ClockFace = ClockFace(),
            place: String = ""
        ) {
            self.view = view
            self.size = size
            self.transition = transition
            self.keys = keys
            self.theme = theme
            self.glyphs = glyphs
            self.clock = clock
            self.place = place
        }
    }

    /// The names of views.
    package static let views = ViewName.allCases.map(\.rawValue) + ["help"]

    /// Draws a frame of a recording.
    /// - Throws: `ConsoleError` for a view, run or key that doesn't exist.
    package static func canvas(_ request: Request, of recording: RecordingReader) throws(ConsoleError)
        -> Canvas
    {
        var player = RecordingPlayer(recording)
        let opening = player.open(at: request.transition ?? recording.index.transitions)
        var stage = Stage(request, now: recording.index.lastAt) { player.answer($0) }
        for news in opening { stage.feed(.source(news)) }
        return try stage.finish(request)
    }

    /// Draws a frame of a fleet as it is now; `words` and `log` are asked once for what is in sight.
    /// - Throws: `ConsoleError` for a view, run or key that doesn't exist.
    package static func canvas(
        _ request: Request,
        of fleet: Fleet,
        now: Timestamp,
        answer: @escaping (SourceRequest) -> [SourceNews] = { _ in [] }
    ) throws(ConsoleError) -> Canvas {
        var stage = Stage(request, now: now, answer: answer)
        stage.feed(.source(.connection(.live(lag: nil))))
        stage.feed(.source(.snapshot(fleet)))
        return try stage.finish(request)
    }

    /// A frame as text.
    package static func write(_ canvas: Canvas, as format: Format, theme: Theme) -> String {
        switch format {
        case .text: canvas.text
        case .ansi: canvas.ansi(depth: .truecolor)
        case .svg: canvas.svg(colors: theme.svgColors)
        }
    }
}

/// The console without its shell: messages go in, and what the source answers goes in with them.
struct Stage {
    private(set) var state: AppState
    private let now: Timestamp
    private let answer: (SourceRequest) -> [SourceNews]

    /// How often answers may lead to new requests for one message.
    private static let roundsMax = 16

    init(_ request: ScreenFrame.Request, now: Timestamp, answer: @escaping (SourceRequest) -> [SourceNews]) {
        state = AppState(size: request.size, now: now, clock: request.clock, place: request.place)
        state.theme = request.theme.name
        self.now = now
        self.answer = answer
    }

    mutating func feed(_ message: AppMessage) { perform(state.update(message, now: now)) }

    /// Settles, asks for what that wants, and takes in the answers.
    private mutating func perform(_ first: [AppEffect] = []) {
        var effects = first
        for _ in 0..<Self.roundsMax {
            effects += state.settle()
            guard !effects.isEmpty else { return }
            var next: [AppEffect] = []
            for effect in effects {
                guard case .send(let request) = effect else { continue }
                for news in answer(request) { next += state.update(.source(news), now: now) }
            }
            effects = next
        }
    }

    mutating func finish(_ request: ScreenFrame.Request) throws(ConsoleError) -> Canvas {
        let parts = request.view.split(separator: ":", maxSplits: 1).map(String.init)
        guard let name = parts.first, ScreenFrame.views.contains(name) else {
            throw ConsoleError.unknownView(request.view)
        }
        let isOfRun = [ViewName.kafka, .cost, .metrics].allSatisfy { $0.rawValue != name }
        if parts.count > 1, isOfRun {
            let runs = state.fleet.runs(prefix: parts[1])
            guard let run = runs.first, runs.count == 1 else {
                throw ConsoleError.unknownRun(parts[1], runs.count)
            }
            state.select(run.id)
        }
        switch name {
        case "fleet": break
        case "help": feed(.terminal(.key(Key("?"))))
        case ViewName.traces.rawValue where parts.count > 1:
            _ = state.openTraces(parts[1])
            perform()
        case _ where parts.count > 1 && !isOfRun:
            state.begin(with: try Opening(request.view))
            perform()
        default:
            if let name = ViewName(rawValue: name) { state.open(name) }
            perform()
        }
        for word in request.keys.split(separator: " ") {
            guard let key = Key(String(word)) else { throw ConsoleError.unknownKey(String(word)) }
            feed(.terminal(.key(key)))
        }
        _ = state.settle()
        return AppView.render(state, theme: request.theme, glyphs: request.glyphs)
    }
}
