package import SomaCore

extension Exposition {
    /// What was understood, for `soma inspect`: families with their samples, and what was remarked.
    ///
    /// Numbers that JSON can't hold are the strings `NaN`, `+Inf` and `-Inf`, as in Prometheus' own interface.
    package var json: JSON {
        var members = [[JSON]](repeating: [], count: families.count)
        for sample in samples { members[sample.family].append(Self.json(sample)) }
        let list = zip(families, members).map { family, samples -> JSON in
            var object = JSONObject()
            object["name"] = .string(family.name)
            object["type"] = .string(family.kind.rawValue)
            if !family.help.isEmpty { object["help"] = .string(family.help) }
            if !family.unit.isEmpty { object["unit"] = .string(family.unit) }
            object["samples"] = .array(samples)
            return .object(object)
        }
        return [
            "format": .string(format.rawValue),
            "families": .array(list),
            "samples": JSON(count),
            "duplicates": JSON(duplicates),
            "remarks": .array(remarks.map { ["line": JSON($0.line), "text": .string($0.text)] }),
        ]
    }

    private static func json(_ sample: Sample) -> JSON {
        var object = JSONObject()
        object["name"] = .string(sample.name)
        if !sample.labels.isEmpty { object["labels"] = json(sample.labels) }
        object["value"] = json(sample.value)
        if let time = sample.timestamp { object["timestamp"] = json(time.inSeconds) }
        if let exemplar = sample.exemplar {
            var inner = JSONObject()
            inner["labels"] = json(exemplar.labels)
            inner["value"] = json(exemplar.value)
            if let time = exemplar.timestamp { inner["timestamp"] = json(time.inSeconds) }
            object["exemplar"] = .object(inner)
        }
        return .object(object)
    }

    private static func json(_ labels: [Label]) -> JSON {
        .object(JSONObject(labels.map { ($0.name, .string($0.value)) }))
    }

    static func json(_ value: Double) -> JSON {
        value.isFinite ? .double(value) : .string(NumberText.text(value))
    }
}
