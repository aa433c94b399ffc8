import SomaCore
import SomaEngine

/// Faults of the process, its store and its clock, and how it comes back.
extension SimulationLoop {
    mutating func strike() {
        faultsLeft -= 1
        nextFault = counts.events + random.number(10...220)
        counts.faults += 1
        let fault = random.below(10)
        hash.add(fault)
        switch fault {
        case 0...3:
            note("crash")
            crash()
        case 4:
            // The first failed write ends the process; whether it counts shows when the log is read again.
            note("the store fails")
            crash()
        case 5, 6:
            note("the store is full for a while")
            guard
                let index = happenings.firstIndex(where: { if case .stored = $0.what { true } else { false } }
                )
            else { return crash() }
            happenings.remove(at: index)
            after(random.number(500_000...5_000_000), .stored)
        case 7, 8:
            let seconds = random.chance(0.7) ? -random.number(1...7200) : random.number(1...7200)
            note("the clock jumps by \(seconds) s")
            clock.jump(by: Int64(seconds) * 1_000_000)
        default:
            note("drain")
            feed(.drain)
            drainsUntil = counts.events + random.number(1...60)
        }
    }

    private mutating func crash() {
        // A batch is one transaction: after a crash it is there as a whole or not at all.
        if !batch.isEmpty {
            let isKept = random.chance(0.5)
            note("the batch under way is \(isKept ? "kept" : "lost")")
            if isKept { write(batch) }
        }
        batch = []
        restart(gracefully: false)
    }

    /// Ends the process and starts it again on what the store holds.
    mutating func restart(gracefully: Bool) {
        if gracefully {
            // A draining process waits for its store, then ends.
            while !batch.isEmpty || !pending.isEmpty {
                happenings.removeAll { if case .stored = $0.what { true } else { false } }
                batchStored()
                if !batch.isEmpty { continue }
                startWriting()
            }
        }
        drainsUntil = nil
        pending = []
        batch = []
        // Who got no answer to a wish for a run asks again.
        for number in sent.keys.sorted() {
            if let request = sent[number]?.start {
                after(random.number(1...200_000), .asked(.start(request)))
            }
        }
        sent = [:]
        forgetProcess()
        counts.restarts += 1
        if !isCalm { clock.advance(to: clock.elapsed + Int64(random.number(1000...2_000_000))) }
        core = EngineCore(
            catalog: scenario.catalog,
            hasher: QuickContentHasher(),
            generator: SeededGenerator(seed: random.next()),
            holder: "simulation \(counts.restarts)"
        )
        recover()
    }

    /// What was under way in the process is gone; what others perform may still answer, to whoever asks now.
    private mutating func forgetProcess() {
        var kept: [Happening] = []
        for happening in happenings {
            switch happening.what {
            case .stored, .rings: continue
            case .asked: kept.append(happening)
            case .ended: if random.chance(0.3) { kept.append(happening) }
            }
        }
        happenings = kept
        underWay = [:]
    }

    /// As the engine itself does it after it was opened on a store.
    private mutating func recover() {
        var open: [RunState] = []
        for run in store.order.reversed() {
            guard let state = store.state(of: run) else { continue }
            if state != checker.state(run) {
                checker.report(.replay, "\(run) is read from the store as another state than its log gives")
            }
            if !state.status.isTerminal { open.append(state) }
        }
        let names = Set(open.map(\.id))
        for state in open {
            let library = store.library(state.references)
            let program: Program
            do throws(StartRefusal) {
                program = try scenario.catalog.program(for: state, pinned: library.pinned(by: state))
            } catch {
                checker.report(.liveness, "\(state.id) can't be taken up: \(error)")
                continue
            }
            var ended: [(state: RunState, outcome: Words?)] = []
            for child in state.children where !names.contains(child) {
                guard let state = store.state(of: child) else { continue }
                ended.append((state, state.outcome.flatMap { store.content[$0] }))
            }
            feed(
                .adopt(
                    .init(
                        state: sabotaged(adopted: state),
                        library: library,
                        program: program,
                        endedChildren: ended,
                        isOrphan: state.parent.map { !names.contains($0) } ?? false
                    )
                )
            )
        }
    }
}
