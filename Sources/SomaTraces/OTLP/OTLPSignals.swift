import SomaCore

/// Reads what an inspection tells of metrics and logs in JSON.
extension OTLPReader {
    // MARK: Metrics

    static func metrics(_ scanner: inout DocumentScanner) throws(ReadFailure) -> [OTLPMetric] {
        var metrics: [OTLPMetric] = []
        try each(&scanner, "resourceMetrics", "scopeMetrics", "metrics") { scanner throws(ReadFailure) in
            metrics.append(try metric(&scanner))
        } close: { first, service, scope in
            for index in first..<metrics.count {
                metrics[index].service = service
                metrics[index].scope = scope
            }
            return metrics.count
        }
        return metrics
    }

    /// Walks through resources and scopes to the items in them.
    /// - Parameter close: Called at the end of each scope and each resource with the first item of it, the service
    ///   and the scope as far as they are known by then; answers how many items there are.
    private static func each(
        _ scanner: inout DocumentScanner,
        _ resources: StaticString,
        _ scopes: StaticString,
        _ items: StaticString,
        _ item: (inout DocumentScanner) throws(ReadFailure) -> Void,
        close: (_ first: Int, _ service: String, _ scope: String) -> Int
    ) throws(ReadFailure) {
        var count = 0
        try scanner.object()
        while let key = try scanner.nextKey() {
            guard key(resources) else {
                try scanner.skip()
                continue
            }
            try scanner.array()
            while try scanner.nextElement() {
                var service = TraceResource.unknownService
                var parts: [(first: Int, scope: String)] = []
                try scanner.object()
                while let key = try scanner.nextKey() {
                    if key("resource") {
                        service = try resource(&scanner)["service.name"]?.text ?? service
                    } else if key(scopes) {
                        try scanner.array()
                        while try scanner.nextElement() {
                            var name = ""
                            try scanner.object()
                            while let key = try scanner.nextKey() {
                                if key("scope") {
                                    name = try scope(&scanner).name
                                } else if key(items) {
                                    try scanner.array()
                                    while try scanner.nextElement() { try item(&scanner) }
                                } else {
                                    try scanner.skip()
                                }
                            }
                            parts.append((count, name))
                            count = close(count, service, name)
                        }
                    } else {
                        try scanner.skip()
                    }
                }
                // A resource may come after its scopes.
                for (first, scope) in parts { _ = close(first, service, scope) }
            }
        }
    }

    private static func metric(_ scanner: inout DocumentScanner) throws(ReadFailure) -> OTLPMetric {
        var metric = OTLPMetric(
            service: "",
            scope: "",
            name: "",
            unit: "",
            description: "",
            type: "",
            temporality: 0,
            isMonotonic: false,
            points: []
        )
        try scanner.object()
        while let key = try scanner.nextKey() {
            if key("name") {
                metric.name = try scanner.string()
            } else if key("unit") {
                metric.unit = try scanner.string()
            } else if key("description") {
                metric.description = try scanner.string()
            } else if key("gauge") || key("sum") || key("histogram") || key("exponentialHistogram")
                || key("summary")
            {
                metric.type = key.text
                try data(&scanner, of: &metric)
            } else {
                try scanner.skip()
            }
        }
        return metric
    }

    private static func data(
        _ scanner: inout DocumentScanner,
        of metric: inout OTLPMetric
    ) throws(ReadFailure) {
        try scanner.object()
        while let key = try scanner.nextKey() {
            if key("dataPoints") {
                try scanner.array()
                while try scanner.nextElement() { metric.points.append(try point(&scanner)) }
            } else if key("aggregationTemporality") {
                metric.temporality = try scanner.enumeration([
                    "AGGREGATION_TEMPORALITY_UNSPECIFIED", "AGGREGATION_TEMPORALITY_DELTA",
                    "AGGREGATION_TEMPORALITY_CUMULATIVE",
                ])
            } else if key("isMonotonic") {
                metric.isMonotonic = try scanner.bool()
            } else {
                try scanner.skip()
            }
        }
    }

    private static func point(_ scanner: inout DocumentScanner) throws(ReadFailure) -> OTLPPoint {
        var point = OTLPPoint()
        try scanner.object()
        while let key = try scanner.nextKey() {
            if key("startTimeUnixNano") {
                point.start = try scanner.uint64()
            } else if key("timeUnixNano") {
                point.at = try scanner.uint64()
            } else if key("attributes") {
                point.attributes = try attributes(&scanner)
            } else if key("asDouble") {
                point.value = .double(try scanner.double())
            } else if key("asInt") {
                point.value = .int(try scanner.int64())
            } else if key("count") {
                point.count = try scanner.uint64()
            } else if key("sum") {
                point.sum = try scanner.double()
            } else if key("bucketCounts") {
                try scanner.array()
                while try scanner.nextElement() { point.buckets.append(try scanner.uint64()) }
            } else if key("explicitBounds") {
                try scanner.array()
                while try scanner.nextElement() { point.bounds.append(try scanner.double()) }
            } else {
                try scanner.skip()
            }
        }
        return point
    }

    // MARK: Logs

    static func logs(_ scanner: inout DocumentScanner) throws(ReadFailure) -> [OTLPLog] {
        var logs: [OTLPLog] = []
        try each(&scanner, "resourceLogs", "scopeLogs", "logRecords") { scanner throws(ReadFailure) in
            logs.append(try log(&scanner))
        } close: { first, service, scope in
            for index in first..<logs.count {
                logs[index].service = service
                logs[index].scope = scope
            }
            return logs.count
        }
        return logs
    }

    private static func log(_ scanner: inout DocumentScanner) throws(ReadFailure) -> OTLPLog {
        var log = OTLPLog()
        var observed: UInt64 = 0
        try scanner.object()
        while let key = try scanner.nextKey() {
            if key("timeUnixNano") {
                log.at = try scanner.uint64()
            } else if key("observedTimeUnixNano") {
                observed = try scanner.uint64()
            } else if key("severityNumber") {
                log.severity = try scanner.enumeration(severities)
            } else if key("severityText") {
                log.severityText = try scanner.string()
            } else if key("eventName") {
                log.event = try scanner.string()
            } else if key("body") {
                log.body = try value(&scanner)
            } else if key("attributes") {
                log.attributes = try attributes(&scanner)
            } else if key("traceId") {
                let id = try scanner.traceID()
                log.trace = id.isZero ? nil : id
            } else if key("spanId") {
                let id = try scanner.spanID()
                log.span = id.isZero ? nil : id
            } else {
                try scanner.skip()
            }
        }
        if log.at == 0 { log.at = observed }
        return log
    }

    private static let severities =
        ["SEVERITY_NUMBER_UNSPECIFIED"]
        + ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"].flatMap { name in
            ["", "2", "3", "4"].map { "SEVERITY_NUMBER_\(name)\($0)" }
        }
}
