extension Activation {
    var record: JSON {
        var object = RecordWriter()
        object.add("id", id)
        object.add("node", node)
        object.add("visit", visit)
        object.add("at", Int(enteredAt.microseconds))
        object.add("branches", branches.map(\.compact))
        object.add("requests", requests.map(\.record))
        return object.json
    }

    init(record: JSON) {
        self.init(
            id: record["id"]?.int ?? 0,
            node: record["node"]?.string ?? "",
            visit: record["visit"]?.int ?? 0,
            enteredAt: Timestamp(record: record["at"] ?? .null),
            branches: (record["branches"]?.array ?? []).compactMap { Branch.read($0) }
        )
        requests = (record["requests"]?.array ?? []).map { Request(record: $0) }
    }
}

extension Activation.Branch {
    /// The numbers in a fixed order.
    var compact: JSON { [JSON(fork), JSON(index), JSON(count)] }

    static func read(_ compact: JSON) -> Activation.Branch? {
        guard let fork = compact[0]?.int, let index = compact[1]?.int, let count = compact[2]?.int else {
            return nil
        }
        return Activation.Branch(fork: fork, index: index, count: count)
    }
}

extension Request {
    var record: JSON {
        var object = RecordWriter()
        object.add("id", id)
        object.add("kind", kind.rawValue)
        object.add("name", name)
        object.add("class", effectClass.rawValue)
        object.add("state", state.rawValue)
        object.add("since", Int(since.microseconds))
        object.add("attempt", attempt)
        object.add("arguments", arguments)
        object.add("result", result)
        object.add("status", status)
        if !detail.isEmpty { object.add("detail", .object(detail)) }
        if !reserved.isZero { object.add("reserved", reserved.compact) }
        if let question { object.add("question", JSON(question)) }
        object.add("child", child?.rawValue)
        return object.json
    }

    init(record: JSON) {
        self.init(
            id: record["id"]?.int ?? 0,
            kind: record["kind"]?.string.flatMap(Kind.init) ?? .tool,
            name: record["name"]?.string ?? "",
            effectClass: record["class"]?.string.flatMap(EffectClass.init) ?? .once,
            state: record["state"]?.string.flatMap(State.init) ?? .requested,
            since: Timestamp(record: record["since"] ?? .null),
            arguments: record["arguments"].flatMap { ContentID(record: $0) }
        )
        attempt = record["attempt"]?.int ?? 0
        result = record["result"].flatMap { ContentID(record: $0) }
        status = record["status"]?.string ?? ""
        detail = record["detail"]?.object ?? JSONObject()
        reserved = Usage(compact: record["reserved"])
        question = record["question"]?.int
        child = record["child"]?.string.map(RunID.init)
    }
}
