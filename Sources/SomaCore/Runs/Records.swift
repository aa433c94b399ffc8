/// How the small values of a run look in a transition's body.
extension Usage {
    package init(_ object: JSONObject) {
        self.init(
            tokens: max(0, object["tokens"]?.int ?? 0),
            microdollars: max(0, object["microdollars"]?.int ?? 0),
            steps: max(0, object["steps"]?.int ?? 0)
        )
    }

    package var record: JSON {
        var object = JSONObject()
        if tokens != 0 { object["tokens"] = JSON(tokens) }
        if microdollars != 0 { object["microdollars"] = JSON(microdollars) }
        if steps != 0 { object["steps"] = JSON(steps) }
        return .object(object)
    }
}

extension Limits {
    package init(_ object: JSONObject) {
        self.init(
            tokens: object["tokens"]?.int.map { max(0, $0) },
            microdollars: object["microdollars"]?.int.map { max(0, $0) },
            steps: object["steps"]?.int.map { max(0, $0) },
            seconds: object["seconds"]?.int.map { max(0, $0) }
        )
    }

    package var record: JSON {
        var object = JSONObject()
        object["tokens"] = tokens.map { JSON($0) }
        object["microdollars"] = microdollars.map { JSON($0) }
        object["steps"] = steps.map { JSON($0) }
        object["seconds"] = seconds.map { JSON($0) }
        return .object(object)
    }
}

extension Activation.Branch {
    init?(_ record: JSON) {
        guard let fork = record["fork"]?.int, let index = record["index"]?.int,
            let count = record["count"]?.int
        else {
            return nil
        }
        self.init(fork: fork, index: index, count: count)
    }

    package var record: JSON {
        ["fork": JSON(fork), "index": JSON(index), "count": JSON(count)]
    }
}
