public import SomaCore

/// What made spans: a service on a host (Jaeger's process, OTLP's resource).
public struct TraceResource: Sendable, Hashable {
    /// `service.name`; ``unknownService`` where nothing says it.
    public var service: String
    /// All attributes, with OTLP `service.name` among them.
    public var attributes: [Attribute]
    /// The schema of the attributes; mostly empty.
    public var schemaURL: String = ""

    /// Creates a resource.
    public init(service: String, attributes: [Attribute] = []) {
        self.service = service
        self.attributes = attributes
    }

    /// What OpenTelemetry's SDKs call a service that has no name.
    public static let unknownService = "unknown_service"

    /// What tells the machine that it ran on: the first of `host.id`, `host.ip` (Jaeger: `ip`), `host.name`
    /// (Jaeger: `hostname`), as Jaeger's clock skew adjuster has it; empty where nothing does.
    public var host: String {
        for key in ["host.id", "host.ip", "ip", "host.name", "hostname"] {
            switch attributes[key] {
            case .array(let values): if let first = values.first { return first.text }
            case .some(let value): if !value.text.isEmpty { return value.text }
            case nil: continue
            }
        }
        return ""
    }
}

/// The library that recorded spans (OTLP `InstrumentationScope`).
public struct TraceScope: Sendable, Hashable {
    /// The name of the library.
    public var name: String
    /// Its version.
    public var version: String
    /// What else is known about it.
    public var attributes: [Attribute] = []
    /// How many attributes the sender left out.
    public var droppedAttributes: UInt32 = 0
    /// The schema of the attributes; mostly empty.
    public var schemaURL: String = ""

    /// Creates a scope.
    public init(name: String = "", version: String = "", attributes: [Attribute] = []) {
        self.name = name
        self.version = version
        self.attributes = attributes
    }
}

/// Spans of any number of traces with what made them; what one OTLP request holds.
public struct SpanSet: Sendable, Hashable {
    /// What made the spans.
    public var resources: [TraceResource] = []
    /// What recorded the spans.
    public var scopes: [TraceScope] = []
    /// The spans, in the order in which they were read.
    public var spans: [TraceSpan] = []

    /// Creates an empty set.
    public init() {}

    /// Creates a set of one resource and one scope, to which all spans belong.
    public init(resource: TraceResource, scope: TraceScope, spans: [TraceSpan]) {
        resources = [resource]
        scopes = [scope]
        self.spans = spans
    }

    /// The spans by trace, in the order in which their traces first appear.
    public var traces: [Trace] {
        var places: [TraceID: Int] = [:]
        var traces: [Trace] = []
        for span in spans {
            if traces.last?.id == span.trace {
                traces[traces.count - 1].set.spans.append(span)
            } else if let place = places[span.trace] {
                traces[place].set.spans.append(span)
            } else {
                places[span.trace] = traces.count
                var trace = Trace(id: span.trace)
                trace.set.resources = resources
                trace.set.scopes = scopes
                trace.set.spans.append(span)
                traces.append(trace)
            }
        }
        return traces
    }
}

/// One trace.
public struct Trace: Sendable, Hashable {
    /// Its id.
    public var id: TraceID
    /// Its spans, in the order in which they were read, and what made them.
    public var set = SpanSet()
    /// What the reader or Jaeger remarked about the whole.
    public var warnings: [String] = []
    /// Ids as they were written, where they aren't hexadecimal and the span's id was made from their text.
    public var foreignIDs: [UInt64: String] = [:]

    /// Creates a trace without spans.
    public init(id: TraceID) { self.id = id }

    /// Its spans.
    public var spans: [TraceSpan] { self.set.spans }

    /// The service of a span.
    public func service(of span: TraceSpan) -> String {
        resource(of: span)?.service ?? TraceResource.unknownService
    }

    /// What made a span.
    public func resource(of span: TraceSpan) -> TraceResource? {
        set.resources.indices.contains(Int(span.resource)) ? set.resources[Int(span.resource)] : nil
    }

    /// The trace's id as it was written.
    public var name: String { foreignIDs[id.low] ?? "\(id)" }

    /// A span's id as it was written.
    public func name(of id: SpanID) -> String { foreignIDs[id.rawValue] ?? "\(id)" }
}
