import SomaCore
import SomaTerminal
import SomaTesting
import Testing

@testable import SomaConsole

/// Keys that arrive before the screen has answered the one before.
@Suite("Keys typed ahead")
struct TypeAheadTests {
    /// A console that has everything at hand that its views ask for.
    private func console(_ size: Size) -> TestConsole {
        var console = TestConsole.with(Stories.mix, size: size)
        for _ in Stories.mix { console.press("j g esc enter w w esc") }
        console.press("4 5 2 3 1 home")
        console.requests = []
        return console
    }

    @Test("the plan that a key opens is copied by the next, the line of a run too")
    func copies() {
        func copied(_ keys: String) -> [AppEffect] {
            var state = TestConsole.with(Stories.mix).state
            let effects = keys.split(separator: " ").compactMap { Key(String($0)) }.flatMap {
                state.update(.terminal(.key($0)), now: state.now)
            }
            return effects.filter { if case .copy = $0 { true } else { false } }
        }
        #expect(copied("j g y").count == 1)
        var console = console(.standard)
        var effects: [AppEffect] = []
        for key in ["end", "enter", "w", "y"] {
            effects += console.state.update(.terminal(.key(Key(key) ?? Key("y"))), now: console.state.now)
        }
        #expect(effects.contains { if case .copy = $0 { true } else { false } })
    }

    @Test("what can't be copied because it is on its way is said to be")
    func onItsWay() {
        var console = TestConsole.with(Stories.mix)
        console.answersWords = false
        _ = console.state.update(.terminal(.key(Key("7"))), now: console.state.now)
        #expect(console.state.update(.terminal(.key(Key("y"))), now: console.state.now).count <= 1)
        #expect(console.state.notice == Notice("The run's log has not arrived yet."))
    }

    private static let keys =
        "j k j k down up pgdn pgup home end < > enter enter space esc esc tab shift+tab g y w z n N v i f o t b c h l "
        + "left right H J K L M m ' x p a r s B F | Z ctrl+w T T , . [ ] { } ( ) ? : / ! 0 1 2 3 4 5 6 7 8 @ P d "
        + "backspace ctrl+d ctrl+u alt+right"

    private func messages(_ random: inout SeededGenerator, _ size: Size) -> [AppMessage] {
        let keys = Self.keys.split(separator: " ").compactMap { Key(String($0)) }
        return (0..<Int.random(in: 2...16, using: &random)).map { _ in
            switch Int.random(in: 0..<20, using: &random) {
            case 0:
                let point = Point(
                    column: Int.random(in: 0..<size.columns, using: &random),
                    row: Int.random(in: 0..<size.rows, using: &random)
                )
                let actions: [MouseEvent.Action] = [.press, .press, .release, .scrollUp, .scrollDown]
                let action = actions[Int.random(in: 0..<actions.count, using: &random)]
                return .terminal(.mouse(MouseEvent(action: action, button: .left, point: point)))
            case 1: return .terminal(.paste("p95"))
            default: return .terminal(.key(keys[Int.random(in: 0..<keys.count, using: &random)]))
            }
        }
    }

    /// What is done about messages, and the screen in the end.
    private func outcome(_ messages: [AppMessage], _ before: AppState, settles: Bool) -> Outcome {
        var state = before
        var effects: [AppEffect] = []
        for message in messages where state.ending == nil {
            effects += state.update(message, now: state.now)
            // Once when it has happened, once more for the frame, as the program does.
            if settles { effects += state.settle() + state.settle() }
        }
        effects += state.settle()
        return Outcome(
            effects: effects.map(Effect.init),
            screen: AppView.render(state, theme: .dark, glyphs: .unicode),
            routes: state.panes.map(\.route),
            notice: state.notice
        )
    }

    private struct Outcome: Equatable {
        var effects: [Effect]
        var screen: Canvas
        var routes: [[Route]]
        var notice: Notice?
    }

    /// An effect; words are asked for in any order.
    private enum Effect: Equatable {
        case words(Set<ContentID>)
        case other(AppEffect)

        init(_ effect: AppEffect) {
            if case .send(.words(let ids)) = effect { self = .words(Set(ids)) } else { self = .other(effect) }
        }
    }

    @Test("a burst does what the same keys do one by one", arguments: 0..<16)
    func burst(seed: UInt64) {
        var random = SeededGenerator(seed)
        let size = sizes[Int.random(in: 0..<sizes.count, using: &random)]
        var console = console(size)
        for _ in 0..<16 {
            let messages = messages(&random, size)
            let slow = outcome(messages, console.state, settles: true)
            let fast = outcome(messages, console.state, settles: false)
            #expect(fast.routes == slow.routes, "\(messages)")
            #expect(fast.effects == slow.effects, "\(messages)")
            #expect(fast.screen.text == slow.screen.text, "\(messages)")
            #expect(fast == slow, "\(messages)")
            if fast != slow { return }
            // From somewhere else next time.
            for message in messages.prefix(6) where console.state.ending == nil { console.feed(message) }
        }
    }
}
