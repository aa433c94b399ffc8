extension RecordingIndex {
    /// The index's members, without its sum. `offset` is where its line starts.
    func record(offset: Int) -> JSONObject {
        [
            "soma": "index", "offset": JSON(offset), "transitions": JSON(transitions),
            "contents": JSON(contents),
            "first": .int(firstAt.microseconds), "last": .int(lastAt.microseconds),
            "keyframes": .array(keyframes.map(\.record)),
            "runs": .array(runs.map(\.record)),
            "stride": JSON(marksStride), "marks": .array(marks.map(\.record)),
            "from": .int(bucketsAt.microseconds), "step": .int(bucketMicroseconds),
            "buckets": .array(
                buckets.map { [JSON($0.transitions), JSON($0.errors), JSON($0.decisions)] as JSON }
            ),
        ]
    }

    /// Reads an index; `nil` where something in it can't be true of a line at `offset`.
    init?(record: JSONObject, offset: Int) {
        guard record["offset"]?.int == offset, let transitions = record["transitions"]?.int, transitions >= 0,
            let step = record["step"]?.int, step > 0,
            let keyframes = record["keyframes"]?.array, let runs = record["runs"]?.array
        else { return nil }
        self.transitions = transitions
        contents = record["contents"]?.int ?? 0
        firstAt = Timestamp(record: record["first"] ?? .null)
        lastAt = Timestamp(record: record["last"] ?? .null)
        bucketsAt = Timestamp(record: record["from"] ?? .null)
        bucketMicroseconds = Int64(step)
        marksStride = record["stride"]?.int ?? 1
        for value in keyframes {
            guard let keyframe = Keyframe(value), keyframe.offset >= 0, keyframe.offset < offset,
                keyframe.offset > self.keyframes.last?.offset ?? -1
            else { return nil }
            self.keyframes.append(keyframe)
        }
        for value in runs {
            guard let run = Run(value), run.firstOffset >= 0, run.firstOffset <= run.lastOffset,
                run.lastOffset < offset
            else { return nil }
            self.runs.append(run)
        }
        for value in record["marks"]?.array ?? [] {
            guard let mark = Mark(value), self.runs.indices.contains(mark.run) else { return nil }
            marks.append(mark)
        }
        buckets = (record["buckets"]?.array ?? []).map { value in
            Bucket(
                transitions: value[0]?.int ?? 0,
                errors: value[1]?.int ?? 0,
                decisions: value[2]?.int ?? 0
            )
        }
    }
}

extension RecordingIndex.Keyframe {
    var record: JSON { [JSON(offset), JSON(transitions), .int(at.microseconds), .bool(isBase)] }

    init?(_ record: JSON) {
        guard let offset = record[0]?.int, let transitions = record[1]?.int, let at = record[2]?.int else {
            return nil
        }
        self.init(
            offset: offset,
            transitions: transitions,
            at: Timestamp(microseconds: Int64(at)),
            isBase: record[3]?.bool ?? false
        )
    }
}

extension RecordingIndex.Run {
    var record: JSON {
        let place: JSON = [
            JSON(firstOffset), JSON(lastOffset), JSON(firstTransition), JSON(lastTransition),
        ]
        var object: JSONObject = ["place": place, "state": state.record]
        if !earlier.isEmpty {
            object["earlier"] = .array(earlier.map { [JSON($0.until), $0.state.record] as JSON })
        }
        return .object(object)
    }

    init?(_ record: JSON) {
        guard let place = record["place"], let firstOffset = place[0]?.int, let lastOffset = place[1]?.int,
            let firstTransition = place[2]?.int, let lastTransition = place[3]?.int,
            let state = record["state"]
        else { return nil }
        self.init(
            state: RunState(record: state),
            firstOffset: firstOffset,
            lastOffset: lastOffset,
            firstTransition: firstTransition,
            lastTransition: lastTransition
        )
        for value in record["earlier"]?.array ?? [] {
            guard let until = value[0]?.int, let state = value[1] else { return nil }
            earlier.append(.init(until: until, state: RunState(record: state)))
        }
    }
}

extension RecordingIndex.Mark {
    var record: JSON {
        [JSON(kind.rawValue), JSON(transition), .int(at.microseconds), JSON(run), JSON(name)]
    }

    init?(_ record: JSON) {
        guard let kind = record[0]?.string.flatMap(Kind.init), let transition = record[1]?.int,
            let at = record[2]?.int, let run = record[3]?.int
        else { return nil }
        self.init(
            kind: kind,
            transition: transition,
            at: Timestamp(microseconds: Int64(at)),
            run: run,
            name: record[4]?.string ?? ""
        )
    }
}
