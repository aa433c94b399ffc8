public import SomaCore

/// What `soma inspect --as jaeger` and `--as otlp` print: what was understood, as JSON.
public enum TraceInspection {
    /// Reads Jaeger's JSON.
    /// - Throws: `TraceReadError` with the place.
    public static func jaeger(_ bytes: [UInt8]) throws(TraceReadError) -> JSON {
        let document = try JaegerDocument.read(bytes)
        var members: [(String, JSON)]
        switch document.content {
        case .traces(let traces): members = [("traces", .array(traces.map(summary)))]
        case .names(let names): members = [("names", JSON(names))]
        case .operations(let operations):
            members = [
                (
                    "operations",
                    .array(operations.map { ["name": .string($0.name), "kind": .string($0.kind)] })
                )
            ]
        case .dependencies(let dependencies):
            members = [
                (
                    "dependencies",
                    .array(
                        dependencies.map {
                            [
                                "parent": .string($0.parent), "child": .string($0.child),
                                "calls": .int($0.calls),
                            ]
                        }
                    )
                )
            ]
        case .nothing: members = [("traces", [])]
        }
        if !document.errors.isEmpty {
            let errors = document.errors.map { problem -> JSON in
                [
                    "code": .int(problem.code), "message": .string(problem.message),
                    "trace": .string(problem.trace),
                ]
            }
            members.append(("errors", .array(errors)))
        }
        return .object(JSONObject(members))
    }

    /// Reads an OTLP request in JSON or protobuf.
    /// - Throws: `TraceReadError` with the place.
    public static func otlp(_ bytes: [UInt8]) throws(TraceReadError) -> JSON {
        switch try OTLPDocument.read(bytes) {
        case .traces(let set): ["signal": "traces", "traces": .array(set.traces.map(summary))]
        case .metrics(let metrics): ["signal": "metrics", "metrics": .array(metrics.map(summary))]
        case .logs(let logs): ["signal": "logs", "logs": .array(logs.map(summary))]
        }
    }

    /// A trace with its spans in the order of its waterfall.
    public static func summary(_ trace: Trace) -> JSON {
        let waterfall = TraceWaterfall(trace)
        let services = Set(trace.spans.map(trace.service(of:))).sorted()
        return [
            "id": .string(trace.name),
            "services": JSON(services),
            "start": .string("\(Timestamp(microseconds: waterfall.start / 1000))"),
            "duration_ns": .int(waterfall.duration),
            "errors": JSON(trace.spans.count(where: \.hasFailed)),
            "critical_path_ns": .int(waterfall.path.times.reduce(0) { $0.addingClamped($1) }),
            "warnings": JSON(trace.warnings),
            "spans": .array(waterfall.tree.order.map { span(Int($0), waterfall) }),
        ]
    }

    private static func span(_ index: Int, _ waterfall: TraceWaterfall) -> JSON {
        let trace = waterfall.trace
        let span = trace.spans[index]
        let row = waterfall.row(for: index)
        var members: [(String, JSON)] = [
            ("id", .string(trace.name(of: span.id))),
            ("parent", span.parent.map { JSON.string(trace.name(of: $0)) } ?? .null),
            ("depth", JSON(row.depth)),
            ("service", .string(row.service)),
            ("name", .string(span.name)),
            ("kind", .string(span.kind.name)),
            ("status", .string("\(span.status)")),
            ("start_ns", .int(row.start)),
            ("duration_ns", .int(span.duration)),
            ("self_ns", .int(row.selfTime)),
            ("critical_ns", .int(row.critical)),
            ("attributes", Attribute.json(span.attributes)),
        ]
        if !span.message.isEmpty { members.append(("message", .string(span.message))) }
        if !span.events.isEmpty {
            let events = span.events.map { event -> JSON in
                [
                    "at_ns": .int(event.at.subtractingClamped(waterfall.start)), "name": .string(event.name),
                    "attributes": Attribute.json(event.attributes),
                ]
            }
            members.append(("events", .array(events)))
        }
        if !span.links.isEmpty {
            let links = span.links.map { link -> JSON in
                [
                    "trace": .string("\(link.trace)"), "span": .string(trace.name(of: link.span)),
                    "kind": .string("\(link.kind)"), "attributes": Attribute.json(link.attributes),
                ]
            }
            members.append(("links", .array(links)))
        }
        let warnings = waterfall.warnings(of: index)
        if !warnings.isEmpty { members.append(("warnings", JSON(warnings))) }
        return .object(JSONObject(members))
    }

    private static func summary(_ metric: OTLPMetric) -> JSON {
        let points = metric.points.map { point -> JSON in
            var members: [(String, JSON)] = [("attributes", Attribute.json(point.attributes))]
            if let value = point.value { members.append(("value", value.json)) }
            if let count = point.count { members.append(("count", whole(count))) }
            if let sum = point.sum { members.append(("sum", JSON(number: sum))) }
            if !point.buckets.isEmpty {
                members.append(("buckets", .array(point.buckets.map(whole))))
                members.append(("bounds", .array(point.bounds.map(JSON.init(number:)))))
            }
            return .object(JSONObject(members))
        }
        return [
            "service": .string(metric.service), "scope": .string(metric.scope), "name": .string(metric.name),
            "type": .string(metric.type), "unit": .string(metric.unit),
            "description": .string(metric.description),
            "temporality": .string(["", "delta", "cumulative"][Int(min(2, metric.temporality))]),
            "monotonic": .bool(metric.isMonotonic), "points": .array(points),
        ]
    }

    private static func summary(_ log: OTLPLog) -> JSON {
        [
            "service": .string(log.service), "scope": .string(log.scope),
            "at": .string("\(Timestamp(microseconds: Int64(log.at / 1000)))"),
            "severity": JSON(Int(log.severity)), "severity_text": .string(log.severityText),
            "event": .string(log.event), "body": log.body.json, "attributes": Attribute.json(log.attributes),
            "trace": log.trace.map { JSON.string("\($0)") } ?? .null,
            "span": log.span.map { JSON.string("\($0)") } ?? .null,
        ]
    }

    private static func whole(_ number: UInt64) -> JSON {
        Int64(exactly: number).map(JSON.int) ?? .string("\(number)")
    }
}
