import SomaCore

/// What the store can't keep, ever.
extension Engine {
    /// Ends the run whose group was refused with the reason, and lets all others go on.
    ///
    /// What it had decided is forgotten and its last durable state taken up again, for one more transition: its end.
    func giveUp(_ group: CommitGroup, _ error: StoreError) async {
        let refusal = CommandRefusal(.invalid, code: RunMachine.refusedCode, error.message, hint: error.hint)
        feed(.refused(group.run, refusal))
        // Its end was it that was refused: it stays here, and nobody works on it.
        guard !group.endsRefused else { return }
        do throws(StoreError) {
            // A run that was about to begin has left no trace.
            guard let state = try await store.run(group.run, at: nil), !state.status.isTerminal else {
                return
            }
            try await takeUp([state], refused: error.description)
        } catch {
            failed(error)
        }
    }
}

extension CommitGroup {
    /// Whether it tells the end of a run of which something was refused.
    fileprivate var endsRefused: Bool {
        transitions.contains {
            $0.kind == .runFailed && $0.body["code"]?.string == RunMachine.refusedCode
        }
    }
}
