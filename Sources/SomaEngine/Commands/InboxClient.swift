import SomaCore
import Synchronization

/// Asks engines through the store: whichever holds the run, or has room for a new one, answers.
///
/// ```swift
/// let client = InboxClient(inbox, patience: .seconds(10))
/// let task = Task { await client.run() }
/// let receipt = try await client.ask(.command(run, .pause, by: "me"), key: nil).get()
/// ```
package final class InboxClient: Sendable {
    /// How often it looks for answers, whatever it is told.
    private static let interval: Duration = .seconds(1)

    private typealias Waiter = CheckedContinuation<[UInt8]?, Never>

    private let inbox: any CommandInbox
    private let patience: Duration
    /// By number, and then by whoever waits: two may have asked with the same key.
    private let waiters = Mutex<[Int64: [Int: Waiter]]>([:])
    private let tickets = Atomic(0)

    /// - Parameter patience: How long an answer is waited for.
    package init(_ inbox: any CommandInbox, patience: Duration = .seconds(10)) {
        self.inbox = inbox
        self.patience = patience
    }

    /// Fetches answers until cancelled.
    package func run() async {
        while !Task.isCancelled {
            let numbers = waiters.withLock { Array($0.keys) }
            if !numbers.isEmpty, let answers = try? await inbox.answers(to: numbers) {
                for (number, answer) in answers { resume(number, with: answer) }
            }
            await inbox.answers.wait(atMost: Self.interval)
        }
    }

    /// Puts a command in and waits for its answer.
    ///
    /// - Parameter key: Asking again with the same key gives the first one's answer; `nil` for a key of its own.
    package func ask(
        _ command: EngineCommand,
        key: String?
    ) async -> Result<CommandReceipt, CommandRefusal> {
        let place: CommandPlace
        do throws(StoreError) {
            var generator = SystemRandomNumberGenerator()
            place = try await inbox.put(command, key: key ?? RunID.random(using: &generator).rawValue)
        } catch {
            return .failure(
                CommandRefusal(.unavailable, code: "store.\(error.kind.rawValue)", error.description)
            )
        }
        if let answer = await answer(to: place.number) { return EngineAnswer.read(answer) }
        // Another with the same key may wait for it still. Nobody else has a key that was made here.
        guard place.isNew || key == nil else { return .failure(.asked) }
        // Whoever takes it later does nothing that nobody waits for. A task of its own: that of whoever asked may be cancelled,
        // and then the store would do nothing for it.
        let isWithdrawn = await Task { try? await inbox.withdraw(place.number) }.value
        let refusal: CommandRefusal =
            switch isWithdrawn {
            case true?: .nobody
            case false?: .silent
            case nil: .unknown
            }
        return .failure(refusal)
    }

    private func answer(to number: Int64) async -> [UInt8]? {
        let ticket = tickets.add(1, ordering: .relaxed).newValue
        let timer = Task {
            do { try await Task.sleep(for: patience) } catch { return }
            giveUp(number, ticket)
        }
        defer { timer.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isCancelled = waiters.withLock { waiters in
                    if !Task.isCancelled { waiters[number, default: [:]][ticket] = continuation }
                    return Task.isCancelled
                }
                // It may have been answered before, as one with the same key.
                if isCancelled { continuation.resume(returning: nil) } else { inbox.answers.ring() }
            }
        } onCancel: {
            giveUp(number, ticket)
        }
    }

    private func giveUp(_ number: Int64, _ ticket: Int) {
        let waiter = waiters.withLock { waiters in
            defer { if waiters[number]?.isEmpty == true { waiters[number] = nil } }
            return waiters[number]?.removeValue(forKey: ticket)
        }
        waiter?.resume(returning: nil)
    }

    private func resume(_ number: Int64, with answer: [UInt8]?) {
        let waiting = waiters.withLock { $0.removeValue(forKey: number) } ?? [:]
        for continuation in waiting.values { continuation.resume(returning: answer) }
    }
}

extension CommandRefusal {
    /// No engine took the command, and none will.
    fileprivate static let nobody = CommandRefusal(
        .unavailable,
        code: "engine.missing",
        "No orchestrator took this up in time, and nothing was done.",
        hint: "See that orchestrators are running and have room, then try again."
    )

    /// The command is another's, who may wait for it still.
    fileprivate static let asked = CommandRefusal(
        .unavailable,
        code: "engine.silent",
        "This was asked before with the same key and hasn't been answered yet; it may still be done.",
        hint: "Ask again with the same key to wait for its answer."
    )

    /// An engine took the command and didn't answer in time.
    fileprivate static let silent = CommandRefusal(
        .unavailable,
        code: "engine.silent",
        "An orchestrator took this up and hasn't answered yet; it may still be done.",
        hint: "See where the run stands before you ask again."
    )

    /// Nobody knows whether an engine took the command, as the store doesn't say.
    fileprivate static let unknown = CommandRefusal(
        .unavailable,
        code: "engine.silent",
        "This hasn't been answered, and the store can't be asked whether an orchestrator took it up; it may still be done.",
        hint: "See where the run stands before you ask again."
    )
}
