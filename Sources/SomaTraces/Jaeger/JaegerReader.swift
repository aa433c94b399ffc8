import SomaCore

extension JaegerDocument {
    /// Reads a document: the API's envelope, a bare trace, arrays of traces or spans, or OTLP in JSON, each alone or
    /// several on lines of their own, as Jaeger's console loads them.
    ///
    /// Members that aren't known are ignored, `null` counts as missing, ids that aren't hexadecimal are accepted
    /// (``Trace/foreignIDs``). What is read: https://www.jaegertracing.io/docs/latest/apis/ and Jaeger's
    /// `internal/uimodel`.
    /// - Throws: `TraceReadError` with line, column and path.
    public static func read(_ bytes: [UInt8]) throws(TraceReadError) -> JaegerDocument {
        let result = bytes.withUnsafeBufferPointer { buffer -> Result<JaegerDocument, TraceReadError> in
            var reader = JaegerReader(buffer)
            do throws(ReadFailure) {
                return .success(try reader.documents())
            } catch {
                return .failure(error.error(in: buffer))
            }
        }
        return try result.get()
    }
}

/// Reads Jaeger's documents; valid only inside the closure that gave its bytes.
struct JaegerReader {
    var scanner: DocumentScanner
    private var traces: [Trace] = []
    /// Spans that stand alone, outside a trace.
    private var loose = JaegerTraceBuilder()
    private var otlp = SpanSet()
    private var names: [String] = []
    private var operations: [JaegerOperation] = []
    private var dependencies: [JaegerDependency] = []
    private var errors: [JaegerProblem] = []

    init(_ bytes: UnsafeBufferPointer<UInt8>) { scanner = DocumentScanner(bytes) }

    mutating func documents() throws(ReadFailure) -> JaegerDocument {
        _ = scanner.json.peek()
        guard !scanner.json.isAtEnd else { throw scanner.failure("there is nothing in it, not even a trace") }
        repeat {
            try document()
            let end = scanner.json.position
            _ = scanner.json.peek()
            let between = UnsafeBufferPointer(start: end, count: scanner.json.position - end)
            guard scanner.json.isAtEnd || between.contains(0x0A) else {
                throw scanner.failure("text after the end of the document")
            }
        } while !scanner.json.isAtEnd
        return JaegerDocument(content: content, errors: errors)
    }

    private var content: JaegerDocument.Content {
        if !names.isEmpty { return .names(names) }
        if !operations.isEmpty { return .operations(operations) }
        if !dependencies.isEmpty { return .dependencies(dependencies) }
        let all = traces + loose.looseTraces + otlp.traces
        return all.isEmpty && !errors.isEmpty ? .nothing : .traces(all)
    }

    /// What an object is, by the first of its members that tells.
    private enum Shape {
        case envelope, trace, span, otlp, dependency, operation, other
    }

    /// Looks ahead at an object; nothing is consumed.
    private func shape() throws(ReadFailure) -> Shape {
        var ahead = scanner
        try ahead.object()
        var shape = Shape.other
        while let key = try ahead.nextKey() {
            if key("spans") { return .trace }
            if key("spanID") { return .span }
            if key("resourceSpans") { return .otlp }
            if key("callCount") { return .dependency }
            if key("data") || key("errors") { return .envelope }
            if key("spanKind") { shape = .operation }
            if key("name"), shape == .other { shape = .operation }
            try ahead.skip()
        }
        return shape
    }

    private mutating func document() throws(ReadFailure) {
        switch scanner.json.peek() {
        case UInt8(ascii: "["): try list()
        case UInt8(ascii: "{"):
            switch try shape() {
            case .envelope: try envelope()
            case .trace: try trace()
            case .otlp: try OTLPReader.traces(&scanner, into: &otlp)
            case .span:
                throw scanner.failure(
                    "a span by itself; expected a trace, a list of spans or an answer of the API"
                )
            case .dependency, .operation, .other:
                throw scanner.failure(
                    "has none of data, spans and resourceSpans; expected a trace or an answer of Jaeger's API"
                )
            }
        default:
            throw scanner.failure("expected a trace or an answer of Jaeger's API, not \(scanner.nextName)")
        }
    }

    private mutating func trace() throws(ReadFailure) {
        var builder = JaegerTraceBuilder()
        traces.append(try builder.trace(&scanner))
    }

    private mutating func envelope() throws(ReadFailure) {
        try scanner.object()
        while let key = try scanner.nextKey() {
            if key("data") {
                switch scanner.json.peek() {
                case UInt8(ascii: "["): try list()
                case UInt8(ascii: "{"): try trace()
                default:
                    guard try scanner.takeNull() else {
                        throw scanner.failure("must be an array, not \(scanner.nextName)")
                    }
                }
            } else if key("errors") {
                try scanner.array()
                while try scanner.nextElement() { try problem() }
            } else {
                try scanner.skip()
            }
        }
    }

    /// Reads a list whose elements all are what the first one is.
    private mutating func list() throws(ReadFailure) {
        try scanner.array()
        var shape: Shape?
        while try scanner.nextElement() {
            guard scanner.json.peek() == UInt8(ascii: "{") else {
                guard shape == nil, scanner.json.peek() == UInt8(ascii: "\"") else {
                    throw scanner.failure("must be an object, not \(scanner.nextName)")
                }
                repeat { names.append(try scanner.string()) } while try scanner.nextElement()
                return
            }
            let kind: Shape
            if let shape { kind = shape } else { kind = try self.shape() }
            shape = kind
            switch kind {
            case .trace: try trace()
            case .span: try loose.span(&scanner)
            case .otlp: try OTLPReader.traces(&scanner, into: &otlp)
            case .dependency: try dependency()
            case .operation: try operation()
            case .envelope, .other:
                throw scanner.failure("is neither a trace nor a span, an operation or a dependency")
            }
        }
    }

    private mutating func operation() throws(ReadFailure) {
        var operation = JaegerOperation(name: "")
        try scanner.object()
        while let key = try scanner.nextKey() {
            if key("name") {
                operation.name = try scanner.string()
            } else if key("spanKind") {
                operation.kind = try scanner.string()
            } else {
                try scanner.skip()
            }
        }
        operations.append(operation)
    }

    private mutating func dependency() throws(ReadFailure) {
        var dependency = JaegerDependency(parent: "", child: "", calls: 0)
        try scanner.object()
        while let key = try scanner.nextKey() {
            if key("parent") {
                dependency.parent = try scanner.string()
            } else if key("child") {
                dependency.child = try scanner.string()
            } else if key("callCount") {
                dependency.calls = try scanner.count()
            } else {
                try scanner.skip()
            }
        }
        dependencies.append(dependency)
    }

    private mutating func problem() throws(ReadFailure) {
        var problem = JaegerProblem(code: 0, message: "", trace: "")
        try scanner.object()
        while let key = try scanner.nextKey() {
            if key("code") {
                problem.code = try scanner.count()
            } else if key("msg") {
                problem.message = try scanner.string()
            } else if key("traceID") {
                problem.trace = try scanner.string()
            } else {
                try scanner.skip()
            }
        }
        errors.append(problem)
    }
}
