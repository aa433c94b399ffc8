/// A place in a recording.
public enum RecordingPosition: Sendable, Hashable {
    /// Before everything.
    case start
    /// After everything.
    case end
    /// After the first so many transitions.
    case transition(Int)
    /// After all lines that start before this byte.
    case offset(Int)
    /// Before the first transition that is later than this time.
    case time(Timestamp)
}

extension RecordingReader {
    /// The fleet as it was at a place: what folding everything before it gives.
    ///
    /// Starts from the nearest keyframe. Of runs that had ended by then the numbers are kept, as in the index;
    /// `run(_:at:)` has all of one.
    public func fleet(at position: RecordingPosition) -> Fleet { cursor(at: position).fleet }

    /// A cursor at a place.
    public func cursor(at position: RecordingPosition = .start) -> RecordingCursor {
        var cursor = start(for: position)
        cursor.advance(to: position)
        cursor.verifyAhead()
        return cursor
    }

    /// All that is known of one run at a place, its document and visits included, also where it has ended;
    /// `nil` where nothing is known of it by then.
    public func run(_ id: RunID, at position: RecordingPosition = .end) -> RunState? {
        guard let place = places[id] else { return nil }
        let run = index.runs[place]
        let cursor = cursor(at: position)
        guard let state = cursor.fleet[id], state.seq > 0 else { return nil }
        guard state.status.isTerminal else { return state }
        let limit = min(cursor.offset, run.lastOffset + 1)
        for keyframe in index.keyframes.reversed() where keyframe.offset < limit {
            if keyframe.offset <= run.firstOffset, !keyframe.isBase { break }
            guard let (fleet, end) = keyframeFleet(keyframe), let state = fleet[id] else { continue }
            return fold(state, from: end, to: limit)
        }
        return fold(RunState(id: id), from: run.firstOffset, to: limit)
    }

    /// Folds the transitions of one run.
    private func fold(_ state: RunState, from offset: Int, to limit: Int) -> RunState {
        var state = state
        let usual = Array("{\"specversion\":\"1.0\",\"id\":\"".utf8)
        let prefix = usual + Array("\(state.id)/".utf8)
        for line in lines(from: offset) {
            guard line.bytes.lowerBound < limit else { break }
            guard line.kind == .transition else { continue }
            let text = UnsafeBufferPointer(rebasing: source.buffer[line.bytes])
            // Most lines are of other runs and written by us: seen at once.
            if text.starts(with: usual), !text.starts(with: prefix) { continue }
            guard case .success(let transition) = Transition.read(text), transition.run == state.id else {
                continue
            }
            state.apply(transition)
        }
        return state
    }

    /// A cursor at the last keyframe that isn't behind a place, or at the start.
    private func start(for position: RecordingPosition) -> RecordingCursor {
        for keyframe in index.keyframes.reversed() where !keyframe.isBase && keyframe.isBefore(position) {
            guard let (fleet, end) = keyframeFleet(keyframe) else {
                report([
                    RecordingProblem(
                        .damaged,
                        keyframe.offset..<keyframe.offset,
                        "a keyframe was passed over"
                    )
                ])
                continue
            }
            return RecordingCursor(
                self,
                fleet: complete(fleet, keyframe),
                transitions: keyframe.transitions,
                offset: end
            )
        }
        return RecordingCursor(self, fleet: Fleet(), transitions: 0, offset: 0)
    }

    /// A keyframe's own fleet and where its line ends.
    private func keyframeFleet(_ keyframe: RecordingIndex.Keyframe) -> (Fleet, Int)? {
        guard let line = RecordingLine.next(in: source.buffer, at: keyframe.offset), line.kind == .keyframe,
            line.bytes.lowerBound == keyframe.offset,
            ChecksumMember.vouches(for: UnsafeBufferPointer(rebasing: source.buffer[line.bytes])),
            let record = RecordingScan.object(source.buffer, line)
        else { return nil }
        return (KeyframeRecord.fleet(record), line.bytes.upperBound)
    }

    /// Adds the runs that had ended before a keyframe, and puts all in the order in which they were seen.
    private func complete(_ fleet: Fleet, _ keyframe: RecordingIndex.Keyframe) -> Fleet {
        var runs: [RunState] = []
        runs.reserveCapacity(index.runs.count)
        for run in index.runs where run.firstOffset < keyframe.offset {
            if let live = fleet[run.state.id] {
                runs.append(live)
            } else if let earlier = run.earlier.first(where: { $0.until >= keyframe.transitions }) {
                runs.append(earlier.state)
            } else {
                runs.append(run.state)
            }
        }
        return Fleet(
            runs: runs,
            transitions: fleet.transitions,
            gaps: fleet.gaps,
            lastAt: fleet.lastAt
        )
    }
}

extension RecordingIndex.Keyframe {
    fileprivate func isBefore(_ position: RecordingPosition) -> Bool {
        switch position {
        case .start: false
        case .end: true
        case .transition(let count): transitions <= count
        case .offset(let limit): offset < limit
        case .time(let time): at <= time
        }
    }
}
