import SomaCore
import SomaEngine

/// What people ask, on its way to the engine.
extension SimulationLoop {
    mutating func ask(_ ask: Ask, after microseconds: Int) { after(microseconds, .asked(ask)) }

    mutating func give(_ ask: Ask) {
        let number = nextCommand
        nextCommand += 1
        hash.add(number)
        switch ask {
        case .start(let request):
            note("command \(number): start \(request.goal)")
            sent[number] = Sent(start: request)
            feed(.start(request, command: number))
        case .fork(let run, let seq, let edit):
            guard let origin = store.origin(run, at: seq, isBlind: configuration.sabotage == .forksAnywhere)
            else { return }
            note("command \(number): fork \(run.short)/\(seq)")
            sent[number] = Sent()
            feed(.fork(origin, edit: edit, by: "somebody", command: number))
        case .command(let run, let command):
            sent[number] = Sent(answering: Answering(command, checker[run]))
            var command = command
            if configuration.sabotage == .answersAnyQuestion, case .answer(_, let answer) = command {
                command = .answer(seq: nil, answer)
            }
            note("command \(number): \(run.short) \(command.summary)")
            feed(.command(run, command, by: "somebody", command: number))
        }
    }
}

extension RunCommand {
    var summary: String {
        switch self {
        case .pause: "pause"
        case .resume: "resume"
        case .cancel: "cancel"
        case .answer(let seq, let answer): "answer \(seq ?? 0): \(answer)"
        case .settle(let seq, let happened): "settle \(seq ?? 0): \(happened)"
        case .budget(let limits): "budget \(limits)"
        }
    }
}
