import SomaCore
import SomaEngine

/// Faults of the process, its store and its clock, and how it comes back.
extension SimulationLoop {
    mutating func strike() {
        let fault = faults.removeFirst()
        nextFault = counts.events + random.number(10...220)
        counts.faults += 1
        counts.faultKinds[fault, default: 0] += 1
        hash.add(fault.rawValue)
        note("fault: \(fault.rawValue)")
        switch fault {
        case .crash: crash()
        case .error: strikesNextWrite = fault
        case .tornBatch:
            strikesNextWrite = fault
            // The store is held up first, so that there is more than one group to tear.
            holdUpStore(200_000...900_000)
        case .full: holdUpStore(500_000...5_000_000)
        case .delay: holdUpStore(1_000_000...30_000_000)
        case .clock: upsetClock()
        case .drain:
            feed(.drain)
            drainsUntil = counts.events + random.number(1...60)
        }
    }

    private mutating func holdUpStore(_ microseconds: ClosedRange<Int>) {
        let wait = Int64(random.number(microseconds))
        guard let index = happenings.firstIndex(where: { if case .stored = $0.what { true } else { false } })
        else { return storeIsSlow = Int(wait) }
        let at = max(happenings[index].at, clock.elapsed) + wait
        happenings[index].at = at
    }

    private mutating func upsetClock() {
        clock.isBackwards = false
        let hour = 3600
        let seconds: Int
        switch random.below(6) {
        case 0: seconds = -hour
        case 1: seconds = 2 * hour
        case 2: seconds = 10 * 365 * 24 * hour
        case 3:
            seconds = 0
            clock.isBackwards = true
        case 4: seconds = -random.number(1...7200)
        default: seconds = random.number(1...7200)
        }
        let way = clock.isBackwards ? " and runs backwards" : ""
        note("the clock jumps by \(seconds) s\(way)")
        clock.jump(by: Int64(seconds) * 1_000_000)
        guard configuration.sabotage == .followsWall else { return }
        for index in happenings.indices {
            guard case .rings = happenings[index].what else { continue }
            happenings[index].at -= Int64(seconds) * 1_000_000
        }
    }

    /// What is left of a batch when the process ends: each group is there as a whole or not at all, and so is the
    /// batch, unless it is torn.
    mutating func crash(tearing: Bool = false) {
        if !batch.isEmpty {
            let kept =
                tearing && batch.count > 1
                ? random.number(1...(batch.count - 1)) : random.chance(0.5) ? batch.count : 0
            let (remains, count) = (Array(batch.prefix(kept)), batch.count)
            note("of the batch under way \(kept) of \(count) groups are kept")
            write(remains)
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
                strikesNextWrite = nil
                batchStored()
                if !batch.isEmpty { continue }
                startWriting()
            }
        }
        drainsUntil = nil
        strikesNextWrite = nil
        pending = []
        batch = []
        onTheWay = []
        // Who got no answer to a wish for a run asks again.
        for number in sent.keys.sorted() {
            if let request = sent[number]?.start {
                after(random.number(1...200_000), .asked(.start(request)))
            }
        }
        sent = [:]
        forgetProcess()
        counts.restarts += 1
        checker.forgetTold()
        if !isCalm { clock.advance(to: clock.elapsed + Int64(random.number(1000...2_000_000))) }
        core = EngineCore(
            catalog: scenario.catalog,
            hasher: QuickContentHasher(),
            generator: SeededGenerator(seed: random.next()),
            holder: "simulation \(counts.restarts)"
        )
        checker.began(at: clock.elapsed)
        recover()
    }

    /// What was under way in the process is gone; what others perform may still answer, to whoever asks now.
    private mutating func forgetProcess() {
        var kept: [Happening<What>] = []
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
        let open = store.order.reversed().compactMap { reopened($0) }
        let names = Set(open.map(\.id))
        for state in open where !isForgotten(state) {
            if let adoption = adoption(of: state, with: names) { feed(.adopt(adoption)) }
        }
    }
}
