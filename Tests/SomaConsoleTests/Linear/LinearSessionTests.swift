import SomaConsole
import SomaCore
import SomaTesting
import Testing

@Suite("Lines typed in the linear console")
struct LinearSessionTests {
    private let now = start + .seconds(840)

    private func session(_ stories: [RunBuilder], isReadOnly: Bool = false) -> LinearSession {
        var session = LinearSession(workspace: "/w", isReadOnly: isReadOnly)
        session.take(Fleet(runs: stories.map(\.state)), words: stories.words, now: now)
        return session
    }

    private func commands(_ lines: [String], _ stories: [RunBuilder] = Stories.mix) -> [ConsoleCommand.Action]
    {
        var session = session(stories)
        return lines.compactMap { session.perform($0, now: now).command?.action }
    }

    @Test("who needs you is read out in the inbox's order, with what to type")
    func needs() {
        var session = session(Stories.mix)
        #expect(
            session.perform("needs", now: now).said == [
                "operator 7f3a91 wants to run shell, waits 2m. approve 7f3a91/11, or reject 7f3a91/11 WHY. "
                    + "rotate the api key on staging",
                "operator b02c44 doesn't know whether mail happened, waits 8m. "
                    + "settle b02c44/10 happened, or settle b02c44/10 not-happened. send the weekly report",
            ]
        )
        var calm = self.session([Stories.done()])
        #expect(calm.perform("needs", now: now).said == ["Nobody needs you."])
        #expect(calm.perform("list", now: now).said == ["No run is unfinished. start GOAL begins one."])
    }

    @Test("answers bind to the question that was asked")
    func answers() {
        let question = Stories.needsApproval().state.openQuestion?.question ?? 0
        #expect(commands(["approve 7f3"]) == [.approve(question: question, arguments: nil)])
        #expect(commands(["approve 7f3/\(question)"]) == [.approve(question: question, arguments: nil)])
        #expect(
            commands(["approve 7f3/2", "approve b02", "answer 7f3 yes", "approve nobody", "approve"]) == []
        )
        #expect(
            commands(["reject 7f3", "reject 7f3 not on a friday"]) == [
                .reject(question: question, message: "not on a friday")
            ]
        )
        let effect = Stories.doubtful().state.doubt?.id ?? 0
        #expect(
            commands(["settle b02", "settle b02 not-happened"]) == [.settle(effect: effect, happened: false)]
        )
        var asking = RunBuilder("q1", role: "r", goal: "g", at: start)
        let first = asking.ask("which?")
        #expect(
            commands(["answer q1", "answer q1 the first one"], [asking]) == [
                .answer(question: first, text: "the first one")
            ]
        )
        let second = asking.ask("and?")
        #expect(
            commands(["answer q1 x", "answer q1/\(second) the second"], [asking]) == [
                .answer(question: second, text: "the second")
            ]
        )
    }

    @Test("the same answer twice is sent once, and a closed question says who was first")
    func twice() {
        var story = Stories.needsApproval()
        let question = story.state.openQuestion?.question ?? 0
        var session = session([story])
        let command = session.perform("approve 7f3", now: now).command
        #expect(command != nil)
        #expect(
            session.perform("approve 7f3", now: now).said == [
                "Your answer is on its way; nothing was sent twice."
            ]
        )
        story.answer(question, "rejected", message: "no")
        let closing = story.transitions[story.transitions.count - 1]
        let isNew = [session.take(closing, now: now), session.take(closing, now: now)]
        #expect(isNew == [.new, .repeated])
        let said = session.perform("approve 7f3/\(question)", now: now).said
        #expect(said.first?.hasPrefix("Nothing was sent: 7f3a91/\(question) was rejected by ada") == true)
        if let command {
            let refused = session.take(.refused("closed", code: "question.closed"), of: command)
            #expect(refused?.hasPrefix("Nothing was changed: rejected by ada at") == true)
        }
    }

    @Test("runs are paused, ended, given budgets and started by lines")
    func steering() {
        #expect(commands(["pause 7f3", "resume 7f3"]) == [.pause, .resume])
        #expect(commands(["cancel 7f3", "cancel 7f3 now"]) == [.cancel(reason: "")])
        #expect(
            commands(["budget 7f3", "budget 7f3 much", "budget 7f3 $2.50"]) == [
                .budget(Limits(microdollars: 2_500_000))
            ]
        )
        #expect(
            commands(["start", "start @coder", "start @coder fix  it", "start check"]) == [
                .start(StartWish(goal: "fix  it", role: "coder", workspace: "/w")),
                .start(StartWish(goal: "check", workspace: "/w")),
            ]
        )
        var session = session(Stories.mix, isReadOnly: true)
        for line in ["approve 7f3", "pause 7f3", "start x"] {
            #expect(session.perform(line, now: now) == .init(["This console only reads."]))
        }
        #expect(session.perform("show 7f3", now: now).reads != nil)
        let id = Stories.needsApproval().id
        #expect(session.perform("plan 7f3", now: now) == .init(reads: .plan(id)))
        #expect(session.perform("quit", now: now).quits)
    }

    @Test("what isn't a command says so, and nothing that came from elsewhere is printed as it is")
    func mistakes() {
        var session = session(Stories.hostile)
        #expect(
            session.perform("aprove x", now: now).said
                == ["There is no command \"aprove\". Did you mean approve? help lists them."]
        )
        #expect(session.perform("", now: now) == .init())
        #expect(session.perform("help", now: now).said.count > 5)
        for line in ["needs", "list", "\u{1B}[2J", "show \u{1B}[2J", "approve 0\u{1B}"] {
            for said in session.perform(line, now: now).said {
                #expect(said.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x202E })
            }
        }
    }

    /// What a person does, and what the run then tells.
    struct Deed: Sendable, CustomTestStringConvertible {
        var line: String
        var does: @Sendable (inout RunBuilder) -> Void
        /// What is said where the run can't be heard.
        var said: String

        var testDescription: String { line }
    }

    private static let deeds = [
        Deed(line: "approve 7f3", does: { $0.answer(11, "approved") }, said: "7f3a91 approved."),
        Deed(
            line: "reject 7f3 no",
            does: { $0.answer(11, "rejected", message: "no") },
            said: "7f3a91 rejected."
        ),
        Deed(
            line: "pause 7f3",
            does: { $0.add(.runPaused, ["reason": "person", "by": "ada"]) },
            said: "7f3a91 paused; p lets it go on."
        ),
        Deed(line: "cancel 7f3 now", does: { $0.cancel("") }, said: "7f3a91 cancelled."),
        Deed(
            line: "budget 7f3 $2.50",
            does: { $0.add(.budgetChanged, ["limits": ["microdollars": 2_500_000], "by": "ada"]) },
            said: "7f3a91 has a new budget."
        ),
    ]

    /// In which order a person's console hears of it.
    enum Order: CaseIterable, Sendable { case answerFirst, runFirst, lostBefore, lostBetween, elsewhere }

    @Test(
        "what was done is told once, whatever arrives first and whatever is lost",
        arguments: deeds,
        Order.allCases
    )
    func once(deed: Deed, order: Order) throws {
        var story = Stories.needsApproval()
        var session = session([story])
        let before = story.transitions.count
        deed.does(&story)
        let fact = try #require(story.transitions.dropFirst(before).first)
        var told: [String] = []
        func hear(_ session: inout LinearSession) {
            for _ in 0..<2 where session.take(fact, now: now) == .new {
                told += LinearText.sentences(fact, words: [:], typed: true)
            }
        }
        if order != .elsewhere {
            let command = try #require(session.perform(deed.line, now: now).command)
            if order == .runFirst || order == .lostBetween { hear(&session) }
            let isLost = order == .lostBefore || order == .lostBetween
            if let said = session.take(.done(nil), of: command, hears: !isLost) { told.append(said) }
        }
        hear(&session)
        #expect(told.count == 1, "\(told)")
        #expect((told.first == deed.said) == (order == .lostBefore))
        // The next one of its kind is told again.
        var later = story
        later.wait(.seconds(5))
        deed.does(&later)
        if let again = later.transitions.last { #expect(session.take(again, now: now) == .new) }
    }

    @Test("a run that was started while it can't be heard is told once, too")
    func startedOnce() throws {
        var session = session([])
        let run = Stories.done()
        let wish = try #require(session.perform("start survey ./", now: now).command)
        #expect(session.take(.done(run.id), of: wish, hears: false) == "4410fe started.")
        let news = run.transitions.map { session.take($0, now: now) }
        #expect(news.first == .told)
        #expect(news.dropFirst().allSatisfy { $0 == .new })
        // Where the run was heard of before its answer came, nothing is said again.
        let other = try #require(session.perform("start survey ./", now: now).command)
        #expect(session.take(.done(run.id), of: other, hears: false) == nil)
    }

    @Test("what changes nothing is told by the console, as no run does")
    func nothing() throws {
        var story = Stories.needsApproval()
        var session = session([story])
        let resume = try #require(session.perform("resume 7f3", now: now).command)
        #expect(session.take(.done(nil), of: resume) == "7f3a91 was not paused.")
        story.add(.runPaused, ["reason": "person", "by": "ada"])
        let paused = try #require(story.transitions.last)
        #expect(session.take(paused, now: now) == .new)
        let pause = try #require(session.perform("pause 7f3", now: now).command)
        #expect(session.take(.done(nil), of: pause) == "7f3a91 was paused already.")
        story.add(.runResumed, ["after": "pause", "by": "ada"])
        let resumed = try #require(story.transitions.last)
        #expect(session.take(resumed, now: now) == .new)
    }
}
