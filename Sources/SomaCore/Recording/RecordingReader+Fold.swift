import Dispatch
import Synchronization

extension RecordingReader {
    /// The fold of everything, made on several threads.
    ///
    /// A run depends on no other run's records, so each thread takes the runs that fall to it and the result is
    /// the same as one thread's. Blocks until all are done: not for the cooperative threads.
    public func fold(threads: Int) -> (transitions: Int, fleet: Fleet) {
        let count = max(1, min(threads, 16))
        let shards = Mutex<[Shard]>([])
        DispatchQueue.concurrentPerform(iterations: count) { number in
            let shard = Shard(source, number: number, of: count)
            shards.withLock { $0.append(shard) }
        }
        let done = shards.withLock { $0 }
        for shard in done { report(shard.scan.problems) }
        return Shard.merged(done)
    }
}

/// One thread's part of a recording.
private struct Shard: Sendable {
    /// Where a run was seen first: orders the runs of all shards.
    struct Place: Comparable {
        var offset: Int
        var index: Int

        static func < (left: Place, right: Place) -> Bool {
            (left.offset, left.index) < (right.offset, right.index)
        }
    }

    var scan: RecordingScan
    var fleet = Fleet()
    var transitions = 0
    var places: [Place] = []
    private let number: Int
    private let count: Int

    private static let usual = Array("{\"specversion\":\"1.0\",\"id\":\"".utf8)

    init(_ source: RecordingBytes, number: Int, of count: Int) {
        scan = RecordingScan(source, verifies: number == 0)
        self.number = number
        self.count = count
        while let line = scan.advance() {
            switch line.kind {
            case .transition where isOurs(UnsafeBufferPointer(rebasing: source.buffer[line.bytes])):
                guard case .event(.transition(let transition)) = scan.item(line) else { continue }
                guard falls(Array(transition.run.rawValue.utf8)) else { continue }
                fleet.apply(transition)
                transitions += 1
                note(offset: line.bytes.lowerBound, index: 0)
            case .keyframe:
                guard case .event(.base(let base)) = scan.item(line) else { continue }
                for (index, run) in base.runs.enumerated() where falls(Array(run.id.rawValue.utf8)) {
                    fleet.replace(run)
                    note(offset: line.bytes.lowerBound, index: index)
                }
            default: break
            }
        }
    }

    private mutating func note(offset: Int, index: Int) {
        if places.count < fleet.runs.count { places.append(Place(offset: offset, index: index)) }
    }

    /// Whether a line may be ours, seen from its first bytes; what doesn't look as usual may be anybody's.
    private func isOurs(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
        guard count > 1, line.starts(with: Self.usual) else { return true }
        let rest = line[Self.usual.count...]
        guard let end = rest.firstIndex(where: { $0 == 0x22 || $0 == 0x5C }), line[end] == 0x22,
            let slash = rest[..<end].lastIndex(of: 0x2F)
        else { return true }
        return falls(UnsafeBufferPointer(rebasing: rest[..<slash]))
    }

    private func falls(_ name: some Sequence<UInt8>) -> Bool {
        guard count > 1 else { return true }
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return Int(truncatingIfNeeded: (hash >> 32) % UInt64(count)) == number
    }

    static func merged(_ shards: [Shard]) -> (transitions: Int, fleet: Fleet) {
        let runs = shards.flatMap { zip($0.places, $0.fleet.runs) }.sorted { $0.0 < $1.0 }.map { $0.1 }
        let fleet = Fleet(
            runs: runs,
            transitions: shards.reduce(0) { $0.addingClamped($1.fleet.transitions) },
            gaps: shards.reduce(0) { $0.addingClamped($1.fleet.gaps) },
            lastAt: shards.map(\.fleet.lastAt).max() ?? Timestamp(microseconds: 0)
        )
        return (shards.reduce(0) { $0 + $1.transitions }, fleet)
    }
}
