import SomaClient
import SomaConsole
import SomaCore
import SomaTerminal

/// The console without a screen: what happens, a sentence a line, until the person ends it.
enum LinearConsole {
    static func run(_ global: GlobalOptions, keeps: Bool) async throws {
        let daemon = try await Daemon.attach(global, spawning: true, keeps: keeps)
        let style = global.style
        var isLost = false
        func tell(_ run: RunID, _ text: String, at moment: Timestamp) {
            let time = LocalClock.face.time(moment)
            Out.line("\(style.paint(time, .dim))  \(SafeText.line(run.short))  \(text)")
        }
        do {
            for try await event in daemon.client.attach() {
                switch event {
                case .snapshot(let document):
                    let fleet = document.fleet
                    Out.line(LinearText.summary(fleet))
                    for run in fleet.runs where !run.status.isTerminal {
                        tell(run.id, LinearText.standing(run, words: document.words), at: run.statusSince)
                    }
                case .transition(let transition, _):
                    let ids = transition.content.map(\.id)
                    let words = (try? await daemon.words(ids)) ?? [:]
                    guard let sentence = LinearText.sentence(transition, words: words) else { continue }
                    tell(transition.run, sentence, at: transition.at)
                case .disconnected(let reason, _):
                    if !isLost {
                        Out.line("The connection was lost (\(SafeText.line(reason))). Trying again.")
                    }
                    isLost = true
                case .reconnected:
                    if isLost { Out.line("Connected again; nothing is missing.") }
                    isLost = false
                case .output, .lagged: continue
                }
            }
        } catch let error as ClientError {
            throw CommandFailure(error)
        }
    }
}
