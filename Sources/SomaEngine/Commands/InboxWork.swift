import SomaCore

/// Gives an engine the commands that wait for it, and keeps its answers.
package struct InboxWork: Sendable {
    /// How many commands are taken at a time, and how many of them may begin runs: few, so that others get theirs.
    private static let takenMax = 64
    private static let begunMax = 8
    /// How often it looks, whatever it is told.
    private static let interval: Duration = .seconds(1)
    private static let tidyInterval: Duration = .seconds(60)

    private let engine: Engine
    private let inbox: any CommandInbox
    private let runsActiveMax: Int

    package init(_ engine: Engine, _ inbox: any CommandInbox, runsActiveMax: Int) {
        self.engine = engine
        self.inbox = inbox
        self.runsActiveMax = runsActiveMax
    }

    /// Works until cancelled. Commands that were taken are answered first.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await tidy() }
            while !Task.isCancelled {
                let taken = await take()
                for commands in taken.inOrder {
                    // Not ended with this task: who was promised something is answered.
                    let task = Task { await carryOut(commands) }
                    group.addTask { await task.value }
                }
                // A full hand means that there is more.
                if taken.count < Self.begunMax { await inbox.commands.wait(atMost: Self.interval) }
            }
        }
    }

    private func take() async -> Hand {
        guard await !engine.isDraining else { return Hand([]) }
        do throws(StoreError) {
            let room = await max(0, runsActiveMax - engine.runCount)
            return Hand(try await inbox.take(most: Self.takenMax, begins: min(Self.begunMax, room)))
        } catch {
            if !Task.isCancelled { engine.observer.storeFailed(error) }
            return Hand([])
        }
    }

    private func carryOut(_ commands: [(number: Int64, command: EngineCommand?)]) async {
        for (number, command) in commands {
            let answer: [UInt8]
            if let command {
                let result = await carryOut(command)
                if case .failure(let refusal) = result, refusal.isElsewhere {
                    await keep { () async throws(StoreError) in try await inbox.giveBack([number]) }
                    continue
                }
                answer = EngineAnswer.bytes(result)
            } else {
                let message = "The command can't be read: another version may have given it."
                answer = EngineAnswer.bytes(
                    .failure(CommandRefusal(.invalid, code: "command.unreadable", message))
                )
            }
            await keep { () async throws(StoreError) in try await inbox.answer(number, answer) }
        }
    }

    private func carryOut(_ command: EngineCommand) async -> Result<CommandReceipt, CommandRefusal> {
        switch command {
        case .start(let request): await beginning(command.run) { await engine.start(request) }
        case .fork(let run, let seq, let id, let edit, let by):
            await beginning(id) { await engine.fork(run, at: seq, id: id, edit: edit, by: by) }
        case .command(let run, let command, let by): await engine.command(run, command, by: by)
        case .late(let run, let effect, let attempt, let result):
            await engine.tell(run, effect: effect, attempt: attempt, result)
        }
    }

    /// Begins a run, unless whoever had the command before has.
    private func beginning(
        _ run: RunID,
        _ begin: () async -> Result<CommandReceipt, CommandRefusal>
    ) async -> Result<CommandReceipt, CommandRefusal> {
        if let receipt = await begun(run) { return .success(receipt) }
        let result = await begin()
        guard case .failure(let refusal) = result, refusal.kind == .unavailable else { return result }
        // Somebody else may have been quicker, or its own beginning may be durable all the same.
        if let receipt = await begun(run) { return .success(receipt) }
        return result
    }

    private func begun(_ run: RunID) async -> CommandReceipt? {
        guard let state = try? await engine.store.run(run, at: nil) else { return nil }
        return CommandReceipt(run: run, seq: state.seq, status: state.status)
    }

    private func keep(_ body: () async throws(StoreError) -> Void) async {
        do throws(StoreError) { try await body() } catch { engine.observer.storeFailed(error) }
    }

    private func tidy() async {
        while !Task.isCancelled {
            do { try await Task.sleep(for: Self.tidyInterval) } catch { return }
            await keep { () async throws(StoreError) in try await inbox.tidy() }
        }
    }
}

/// What was taken, by run: commands for one run go one after the other.
private struct Hand {
    let count: Int
    let inOrder: [[(number: Int64, command: EngineCommand?)]]

    init(_ taken: [TakenCommand]) {
        count = taken.count
        var places: [RunID: Int] = [:]
        var inOrder: [[(number: Int64, command: EngineCommand?)]] = []
        for item in taken {
            let command = EngineCommand(bytes: item.bytes)
            if let run = command?.run, let place = places[run] {
                inOrder[place].append((item.number, command))
            } else {
                if let run = command?.run { places[run] = inOrder.count }
                inOrder.append([(item.number, command)])
            }
        }
        self.inOrder = inOrder
    }
}

extension CommandRefusal {
    /// Whether somebody else may be able to do it.
    fileprivate var isElsewhere: Bool { kind == .unavailable }
}
