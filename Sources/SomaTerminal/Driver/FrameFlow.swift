/// Decides when the next frame may be written, so that no more than one is on its way to the terminal.
///
/// Buffers between here and the terminal take frames that it will show seconds later. So each frame ends with a
/// question that terminals answer when they get there (`CSI 5 n`), and the next one waits for the answer; what was
/// presented meanwhile is replaced by what is presented later. A terminal that doesn't answer is written to as fast
/// as it takes the bytes. Times are milliseconds of a clock that never goes back.
struct FrameFlow: Sendable, Hashable {
    /// What to do with the frame that waits.
    enum Step: Sendable, Hashable {
        /// Write it, with the question behind it or without.
        case write(asks: Bool)
        /// Look again at this time at the latest, or after an answer.
        case wait(until: Int)
    }

    /// What is known of the terminal's answers.
    private enum Answers: Sendable, Hashable {
        /// Asked when it was opened; from then on frames no longer wait for it.
        case expected(until: Int)
        case given
        case missing
    }

    /// The question, which is harmless where it isn't understood.
    static let question = "\u{1B}[5n"
    /// How long a terminal has for its first answer before frames are written without it.
    static let firstAnswerMilliseconds = 500
    /// How long an answer may take on an empty line.
    static let patienceMilliseconds = 2_000
    /// How long each byte of the frame adds to that: a thousand bytes a second.
    static let byteMilliseconds = 1
    /// After so many answers in a row that didn't come the terminal counts as one that gives none.
    static let missesMax = 3

    private var answers: Answers
    /// Questions that were asked and not answered.
    private var questions: Int
    /// When the frame on its way counts as lost; nil where none is.
    private var flight: Int?
    private var misses = 0

    /// A flow for a terminal that was just asked for the first time, or that isn't asked.
    init(asked: Bool, at now: Int) {
        answers = asked ? .expected(until: now + FrameFlow.firstAnswerMilliseconds) : .missing
        questions = asked ? 1 : 0
    }

    /// Whether an answer is on its way, so that it could reach who reads the terminal next.
    func awaitsAnswer(at now: Int) -> Bool {
        switch answers {
        case .expected(let until): questions > 0 && now < until
        case .given: flight.map { now < $0 } ?? false
        case .missing: false
        }
    }

    /// What to do with a frame that waits.
    mutating func step(at now: Int) -> Step {
        switch answers {
        case .expected(let until) where now < until:
            return flight == nil ? .write(asks: true) : .wait(until: until)
        case .given:
            if let flight, now < flight { return .wait(until: flight) }
            if flight != nil { lost() }
        case .expected, .missing: giveUp()
        }
        return .write(asks: answers == .given)
    }

    /// Says that a frame is being written, with the question behind it or without.
    mutating func writes(asks: Bool) {
        guard asks else { return }
        questions += 1
        // While it is being written it isn't lost, however long the terminal takes.
        flight = .max
    }

    /// Says that the frame, of so many bytes, was written.
    mutating func wrote(bytes: Int, at now: Int) {
        guard flight != nil else { return }
        flight = now + FrameFlow.patienceMilliseconds + bytes * FrameFlow.byteMilliseconds
    }

    /// Says that the terminal answered.
    mutating func answered() {
        answers = .given
        misses = 0
        questions = max(0, questions - 1)
        if questions == 0 { flight = nil }
    }

    /// Says that what was asked will not be answered, as when somebody else had the terminal.
    mutating func interrupted() {
        questions = 0
        flight = nil
    }

    private mutating func lost() {
        interrupted()
        misses += 1
        if misses >= FrameFlow.missesMax { giveUp() }
    }

    private mutating func giveUp() {
        answers = .missing
        interrupted()
    }
}
