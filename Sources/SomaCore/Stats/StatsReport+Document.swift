extension StatsReport {
    /// The report as JSON. Times are seconds, money is in millionths of a US dollar.
    package var json: JSON {
        var runs = JSONObject([("total", JSON(self.runs)), ("need_person", JSON(needPerson))])
        runs["by_status"] = .object(JSONObject(statuses.map { ($0.status.rawValue, JSON($0.count)) }))
        runs["seconds"] = Self.json(durations)
        runs["worked_seconds"] = Self.json(worked)
        return [
            "since": JSON(since?.description), "now": .string(now.description), "runs": .object(runs),
            "transitions": JSON(transitions), "models": Self.json(models), "tools": Self.json(tools),
            "total": Self.json(total),
            "people": [
                "asked": JSON(asked), "answered": JSON(answered), "abandoned": JSON(abandoned),
                "open": JSON(open), "seconds": Self.json(waits),
            ],
            "budgets": .array(
                budgets.map {
                    [
                        "limit_of": .string($0.dimension.rawValue), "runs": JSON($0.runs),
                        "used": JSON($0.used),
                        "limit": JSON($0.limit),
                    ]
                }
            ),
            "fullest": .array(
                fullest.map {
                    ["run": .string($0.run.rawValue), "role": .string($0.role), "used": .double($0.fraction)]
                }
            ),
            "trees": .array(
                trees.map {
                    [
                        "run": .string($0.run.rawValue), "role": .string($0.role), "self": Self.json($0.own),
                        "subtree": Self.json($0.subtree),
                    ]
                }
            ),
            "rate": Self.json(rate),
        ]
    }

    /// The report as lines of `measure`, `value`, `unit`, for tables: the leaves of `json` by their path.
    package var measures: [(measure: String, value: JSON)] {
        var lines: [(measure: String, value: JSON)] = []
        func walk(_ path: String, _ value: JSON) {
            switch value {
            case .object(let object):
                for member in object.members {
                    walk(path.isEmpty ? member.key : "\(path).\(member.key)", member.value)
                }
            case .array(let values):
                for (index, value) in values.enumerated() { walk("\(path).\(index)", value) }
            default: lines.append((path, value))
            }
        }
        walk("", json)
        return lines
    }

    private static func json(_ spread: Spread) -> JSON {
        func seconds(_ value: Int64?) -> JSON { value.map { .double(Double($0) / 1_000_000) } ?? .null }
        return [
            "count": JSON(spread.count), "p50": seconds(spread.median), "p95": seconds(spread.p95),
            "total": seconds(spread.total),
        ]
    }

    private static func json(_ usage: Usage) -> JSON {
        ["tokens": JSON(usage.tokens), "microdollars": JSON(usage.microdollars)]
    }

    private static func json(_ rate: BurnRate) -> JSON {
        [
            "microdollars_last_hour": JSON(rate.lastHour.microdollars),
            "tokens_last_hour": JSON(rate.lastHour.tokens),
            "microdollars_per_hour_last_day": .double(rate.microdollarsPerHour),
            "tokens_per_hour_last_day": .double(Double(rate.lastDay.tokens) / 24),
            "month": .string(rate.month), "microdollars_month_so_far": JSON(rate.monthSoFar.microdollars),
            "hours_left_in_month": .double(rate.hoursLeft),
            "microdollars_month_forecast": .double(rate.monthForecast.rounded()),
            "forecast_method": .string(BurnRate.method),
        ]
    }

    private static func json(_ sum: CostSum) -> JSON { .object(sum.document) }
}

extension CostSum {
    /// The sum as JSON. Money is in millionths of a US dollar.
    package var document: JSONObject {
        let usage = self.usage
        var object = JSONObject([
            ("calls", JSON(calls.requested)), ("succeeded", JSON(calls.succeeded)),
            ("failed", JSON(calls.failed)), ("retried", JSON(calls.retried)),
            ("failure_rate", calls.failureRate.map { .double($0) } ?? .null),
            ("unpriced", JSON(calls.unpriced)), ("tokens", JSON(usage.tokens)), ("input", JSON(input)),
            ("output", JSON(output)), ("microdollars", JSON(usage.microdollars)),
        ])
        for provenance in Provenance.allCases {
            object["tokens_\(provenance.name)"] = JSON(self[provenance].tokens)
            object["microdollars_\(provenance.name)"] = JSON(self[provenance].microdollars)
        }
        object["microdollars_late"] = JSON(late.microdollars)
        return object
    }
}

extension CostGroup {
    /// The names of the line's members, in their order.
    package static func columns(_ dimension: CostDimension) -> [String] {
        CostGroup(name: "", runs: 0, sum: CostSum()).document(dimension).keys
    }

    /// The line as JSON, under the name of its dimension.
    package func document(_ dimension: CostDimension) -> JSONObject {
        var object = JSONObject([
            (dimension.rawValue, name.isEmpty ? .null : .string(name)), ("runs", JSON(runs)),
        ])
        for member in sum.document.members { object[member.key] = member.value }
        return object
    }
}
