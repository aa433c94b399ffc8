public import SomaCore

/// What a span is to its peer (OTLP `SpanKind`); raw values are OTLP's.
public enum SpanKind: UInt8, Sendable, Hashable, CaseIterable {
    case unspecified, `internal`, server, client, producer, consumer

    /// The name in Jaeger's `span.kind`; empty for `unspecified`.
    public var name: String { self == .unspecified ? "" : "\(self)" }

    /// The kind of a name in Jaeger's `span.kind`.
    public init?(name: String) {
        guard let kind = SpanKind.allCases.dropFirst().first(where: { $0.name == name }) else { return nil }
        self = kind
    }
}

/// How a span ended (OTLP `Status`); raw values are OTLP's.
public enum SpanStatus: UInt8, Sendable, Hashable {
    case unset, ok, error
}

/// Something at a moment within a span: Jaeger's log, OTLP's event.
public struct SpanEvent: Sendable, Hashable {
    /// Nanoseconds since 1970.
    public var at: Int64
    /// What happened; empty where nothing says it.
    public var name: String
    /// What is known about it, in the order in which it was written.
    public var attributes: [Attribute]
    /// How many attributes the sender left out.
    public var droppedAttributes: UInt32 = 0

    /// Creates an event.
    public init(at: Int64, name: String, attributes: [Attribute] = []) {
        self.at = at
        self.name = name
        self.attributes = attributes
    }
}

/// A span's relation to another that isn't its parent.
public struct SpanLink: Sendable, Hashable {
    /// What the relation is. OTLP has only `link`; the others are Jaeger's.
    public enum Kind: UInt8, Sendable, Hashable {
        case link, childOf, followsFrom
    }

    /// The trace that it belongs to.
    public var trace: TraceID
    /// The span that it leads to.
    public var span: SpanID
    /// What it is to the other.
    public var kind: Kind
    /// W3C `tracestate`.
    public var traceState: String = ""
    /// What is known about it, in the order in which it was written.
    public var attributes: [Attribute] = []
    /// How many attributes the sender left out.
    public var droppedAttributes: UInt32 = 0
    /// W3C trace flags of the other span.
    public var flags: UInt32 = 0

    /// Creates a link.
    public init(trace: TraceID, span: SpanID, kind: Kind = .link, attributes: [Attribute] = []) {
        self.trace = trace
        self.span = span
        self.kind = kind
        self.attributes = attributes
    }
}

/// One piece of work with a beginning and an end.
public struct TraceSpan: Sendable, Hashable {
    /// The trace that it belongs to.
    public var trace: TraceID
    /// Its own id.
    public var id: SpanID
    /// The span that it is part of; it needn't be there.
    public var parent: SpanID?
    /// Whether the parent only caused it and doesn't wait for it (Jaeger `FOLLOWS_FROM`).
    public var follows: Bool = false
    /// What was done.
    public var name: String
    /// What it is to the other.
    public var kind: SpanKind = .unspecified
    /// Nanoseconds since 1970; 0 where it isn't known.
    public var start: Int64
    /// Nanoseconds, at least 0.
    public var duration: Int64
    /// How it ended.
    public var status: SpanStatus = .unset
    /// What is said about the status.
    public var message: String = ""
    /// What is known about it, in the order in which it was written.
    public var attributes: [Attribute] = []
    /// What happened within it.
    public var events: [SpanEvent] = []
    /// Its relations to spans that are not its parent.
    public var links: [SpanLink] = []
    /// What the reader or Jaeger remarked about it.
    public var warnings: [String] = []
    /// W3C `tracestate`.
    public var traceState: String = ""
    /// W3C trace flags in the low eight bits, OTLP's above.
    public var flags: UInt32 = 0
    /// How much the sender left out.
    public var droppedAttributes: UInt32 = 0
    /// How many events the sender left out.
    public var droppedEvents: UInt32 = 0
    /// How many links the sender left out.
    public var droppedLinks: UInt32 = 0
    /// Its process among the resources of what holds it.
    public var resource: Int32 = 0
    /// Its instrumentation scope among the scopes of what holds it.
    public var scope: Int32 = 0

    /// Creates a span.
    public init(
        trace: TraceID,
        id: SpanID,
        parent: SpanID? = nil,
        name: String,
        start: Int64,
        duration: Int64
    ) {
        self.trace = trace
        self.id = id
        self.parent = parent
        self.name = name
        self.start = start
        self.duration = max(0, duration)
    }

    /// When it ended, nanoseconds since 1970; held within 64 bits.
    public var end: Int64 { start.addingClamped(duration) }

    /// Whether it failed.
    public var hasFailed: Bool { status == .error }
}
