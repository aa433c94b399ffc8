/// Folds a recording's lines and notes where they are: what the writer does as it goes, and the reader where
/// there is no index.
struct RecordingFold: Sendable {
    private(set) var fleet = Fleet()
    private(set) var index = RecordingIndex()
    /// Parallel to the fleet's runs: how much of each the last keyframe left to the index.
    private var isLeftToIndex: [Bool] = []
    /// Runs that ended before a keyframe and were changed afterwards, so that later keyframes carry them too.
    private var isLate: [Bool] = []

    /// Folds the transition whose line starts at `offset`.
    mutating func apply(_ transition: Transition, offset: Int) {
        let place = fleet.place(of: transition.run)
        if place == index.runs.count { add(fleet.runs[place], offset: offset) }
        if isLeftToIndex[place], transition.seq > fleet.runs[place].seq {
            isLeftToIndex[place] = false
            isLate[place] = true
            index.runs[place].earlier.append(
                .init(until: index.transitions, state: fleet.runs[place].summary)
            )
        }
        fleet.apply(transition)
        index.count(transition, run: place)
        index.runs[place].lastOffset = offset
        index.runs[place].lastTransition = index.transitions
    }

    private mutating func add(_ run: RunState, offset: Int) {
        index.runs.append(
            RecordingIndex.Run(
                state: RunState(id: run.id),
                firstOffset: offset,
                lastOffset: offset,
                firstTransition: index.transitions,
                lastTransition: index.transitions
            )
        )
        isLeftToIndex.append(false)
        isLate.append(false)
    }

    /// Takes up a fleet that the recording begins with, or begins anew with.
    mutating func take(base: Fleet, offset: Int) {
        for run in base.runs {
            let place = fleet.place(of: run.id)
            if place == index.runs.count { add(run, offset: offset) }
            isLeftToIndex[place] = false
        }
        fleet.take(base: base)
        note(keyframeAt: offset, isBase: true)
    }

    mutating func countContent() { index.contents += 1 }

    /// Notes a keyframe's place. Runs that ended before it are in the index from now on.
    mutating func note(keyframeAt offset: Int, isBase: Bool) {
        index.keyframes.append(
            .init(offset: offset, transitions: index.transitions, at: fleet.lastAt, isBase: isBase)
        )
        guard !isBase else { return }
        for (place, run) in fleet.runs.enumerated() where run.status.isTerminal && !isLate[place] {
            isLeftToIndex[place] = true
        }
    }

    /// The runs that a keyframe written now must carry.
    var keyframeRuns: [RunState] {
        zip(fleet.runs, isLate).compactMap { run, isLate in run.status.isTerminal && !isLate ? nil : run }
    }

    /// The index of all that was folded.
    func finished() -> RecordingIndex {
        var index = index
        for (place, run) in fleet.runs.enumerated() { index.runs[place].state = run.summary }
        return index
    }
}

extension Fleet {
    /// Puts the runs of a base in place of what was known of them.
    mutating func take(base: Fleet) {
        for run in base.runs { replace(run) }
    }
}

/// A keyframe's line.
enum KeyframeRecord {
    /// The fleet without the runs that the index has.
    static func line(_ fleet: Fleet, runs: [RunState], isBase: Bool) -> [UInt8] {
        var object = numbers(fleet)
        if isBase { object["base"] = true }
        object["runs"] = .array(runs.map(\.record))
        return vouched(object)
    }

    /// How the line of a keyframe starts that is no base.
    static func head(_ fleet: Fleet) -> [UInt8] {
        JSON.object(numbers(fleet)).bytes().dropLast() + Array(",\"runs\":".utf8)
    }

    private static func numbers(_ fleet: Fleet) -> JSONObject {
        [
            "soma": "keyframe", "transitions": JSON(fleet.transitions), "gaps": JSON(fleet.gaps),
            "last": .int(fleet.lastAt.microseconds),
        ]
    }

    static func vouched(_ object: JSONObject) -> [UInt8] {
        var line: [UInt8] = []
        object.write(to: &line)
        line.removeLast()
        ChecksumMember.append(line.withUnsafeBufferPointer { RecordingChecksum.of($0) }, to: &line)
        return line
    }

    static func fleet(_ record: JSONObject) -> Fleet {
        Fleet(
            runs: (record["runs"]?.array ?? []).map { RunState(record: $0) },
            transitions: record["transitions"]?.int ?? 0,
            gaps: record["gaps"]?.int ?? 0,
            lastAt: Timestamp(record: record["last"] ?? .null)
        )
    }
}
