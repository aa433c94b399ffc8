public import SomaCore

/// Spans as OTLP sends them: `ExportTraceServiceRequest`.
extension SpanSet {
    /// The spans by resource and scope, in their order.
    private var groups: [(resource: TraceResource, scopes: [(scope: TraceScope, spans: [TraceSpan])])] {
        var groups: [(resource: Int32, scopes: [(scope: Int32, spans: [TraceSpan])])] = []
        for span in spans {
            var group = groups.count - 1
            if group < 0 || groups[group].resource != span.resource {
                group = groups.firstIndex { $0.resource == span.resource } ?? groups.count
                if group == groups.count { groups.append((span.resource, [])) }
            }
            var part = groups[group].scopes.count - 1
            if part < 0 || groups[group].scopes[part].scope != span.scope {
                part =
                    groups[group].scopes.firstIndex { $0.scope == span.scope } ?? groups[group].scopes.count
                if part == groups[group].scopes.count { groups[group].scopes.append((span.scope, [])) }
            }
            groups[group].scopes[part].spans.append(span)
        }
        return groups.map { group in
            let place = Int(group.resource)
            let resource =
                resources.indices.contains(place)
                ? resources[place] : TraceResource(service: TraceResource.unknownService)
            return (
                resource,
                group.scopes.map { part in
                    let place = Int(part.scope)
                    return (scopes.indices.contains(place) ? scopes[place] : TraceScope(), part.spans)
                }
            )
        }
    }

    /// The request in protobuf, for `POST /v1/traces` with `application/x-protobuf`.
    public func protobuf() -> [UInt8] {
        var writer = ProtobufWriter()
        for group in groups {
            writer.message(1) { writer in
                writer.message(1) { writer in
                    for attribute in group.resource.exported { writer.attribute(1, attribute) }
                }
                for (scope, spans) in group.scopes {
                    writer.message(2) { writer in
                        writer.message(1) { writer in
                            writer.text(1, scope.name)
                            writer.text(2, scope.version)
                            for attribute in scope.attributes { writer.attribute(3, attribute) }
                            writer.unsigned(4, UInt64(scope.droppedAttributes))
                        }
                        for span in spans { writer.message(2) { $0.span(span) } }
                        writer.text(3, scope.schemaURL)
                    }
                }
                writer.text(3, group.resource.schemaURL)
            }
        }
        return writer.bytes
    }

    /// The request as JSON, for `POST /v1/traces` with `application/json`.
    public func json() -> JSON {
        let resourceSpans = groups.map { group -> JSON in
            var members: [(String, JSON)] = [
                ("resource", ["attributes": .otlp(group.resource.exported)]),
                (
                    "scopeSpans",
                    .array(
                        group.scopes.map { scope, spans in
                            var members: [(String, JSON)] = [
                                ("scope", scope.json), ("spans", .array(spans.map(\.json))),
                            ]
                            if !scope.schemaURL.isEmpty {
                                members.append(("schemaUrl", .string(scope.schemaURL)))
                            }
                            return .object(JSONObject(members))
                        }
                    )
                ),
            ]
            if !group.resource.schemaURL.isEmpty {
                members.append(("schemaUrl", .string(group.resource.schemaURL)))
            }
            return .object(JSONObject(members))
        }
        return ["resourceSpans": .array(resourceSpans)]
    }
}

extension TraceResource {
    /// Its attributes with its service's name among them.
    fileprivate var exported: [Attribute] {
        attributes["service.name"] != nil || service == Self.unknownService
            ? attributes : [Attribute("service.name", .string(service))] + attributes
    }
}

extension TraceSpan {
    /// OTLP's times have no sign.
    fileprivate var startNanoseconds: UInt64 { UInt64(max(0, start)) }
    fileprivate var endNanoseconds: UInt64 { UInt64(max(0, end)) }

    fileprivate var json: JSON {
        var members: [(String, JSON)] = [
            ("traceId", .string("\(trace)")), ("spanId", .string("\(id)")),
        ]
        if !traceState.isEmpty { members.append(("traceState", .string(traceState))) }
        if let parent { members.append(("parentSpanId", .string("\(parent)"))) }
        if flags != 0 { members.append(("flags", JSON(Int(flags)))) }
        members.append(("name", .string(name)))
        members.append(("kind", JSON(Int(kind.rawValue))))
        members.append(("startTimeUnixNano", .string("\(startNanoseconds)")))
        members.append(("endTimeUnixNano", .string("\(endNanoseconds)")))
        if !attributes.isEmpty { members.append(("attributes", .otlp(attributes))) }
        if droppedAttributes > 0 { members.append(("droppedAttributesCount", JSON(Int(droppedAttributes)))) }
        if !events.isEmpty { members.append(("events", .array(events.map(\.json)))) }
        if droppedEvents > 0 { members.append(("droppedEventsCount", JSON(Int(droppedEvents)))) }
        if !links.isEmpty { members.append(("links", .array(links.map(\.json)))) }
        if droppedLinks > 0 { members.append(("droppedLinksCount", JSON(Int(droppedLinks)))) }
        var status: [(String, JSON)] = []
        if !message.isEmpty { status.append(("message", .string(message))) }
        if self.status != .unset { status.append(("code", JSON(Int(self.status.rawValue)))) }
        members.append(("status", .object(JSONObject(status))))
        return .object(JSONObject(members))
    }
}

extension SpanEvent {
    fileprivate var json: JSON {
        var members: [(String, JSON)] = [
            ("timeUnixNano", .string("\(UInt64(max(0, at)))")), ("name", .string(name)),
        ]
        if !attributes.isEmpty { members.append(("attributes", .otlp(attributes))) }
        if droppedAttributes > 0 { members.append(("droppedAttributesCount", JSON(Int(droppedAttributes)))) }
        return .object(JSONObject(members))
    }
}

extension SpanLink {
    fileprivate var json: JSON {
        var members: [(String, JSON)] = [("traceId", .string("\(trace)")), ("spanId", .string("\(span)"))]
        if !traceState.isEmpty { members.append(("traceState", .string(traceState))) }
        if !attributes.isEmpty { members.append(("attributes", .otlp(attributes))) }
        if droppedAttributes > 0 { members.append(("droppedAttributesCount", JSON(Int(droppedAttributes)))) }
        if flags != 0 { members.append(("flags", JSON(Int(flags)))) }
        return .object(JSONObject(members))
    }
}

extension TraceScope {
    fileprivate var json: JSON {
        var members: [(String, JSON)] = []
        if !name.isEmpty { members.append(("name", .string(name))) }
        if !version.isEmpty { members.append(("version", .string(version))) }
        if !attributes.isEmpty { members.append(("attributes", .otlp(attributes))) }
        if droppedAttributes > 0 { members.append(("droppedAttributesCount", JSON(Int(droppedAttributes)))) }
        return .object(JSONObject(members))
    }
}

extension JSON {
    fileprivate static func otlp(_ attributes: [Attribute]) -> JSON {
        .array(attributes.map { ["key": .string($0.key), "value": $0.value.otlp] })
    }
}

extension AttributeValue {
    fileprivate var otlp: JSON {
        switch self {
        case .empty: [:]
        case .string(let value): ["stringValue": .string(value)]
        case .bool(let value): ["boolValue": .bool(value)]
        case .int(let value): ["intValue": .string("\(value)")]
        case .double(let value): ["doubleValue": JSON(number: value)]
        case .bytes(let value): ["bytesValue": .string(Base64.encode(value))]
        case .array(let values): ["arrayValue": ["values": .array(values.map(\.otlp))]]
        case .map(let members): ["kvlistValue": ["values": .otlp(members)]]
        }
    }
}

extension ProtobufWriter {
    fileprivate mutating func attribute(_ field: Int, _ attribute: Attribute) {
        message(field) { writer in
            writer.text(1, attribute.key)
            writer.message(2) { $0.value(attribute.value) }
        }
    }

    /// Writes an `AnyValue`; what was chosen is written even where it is the default, or else it wouldn't be known.
    private mutating func value(_ value: AttributeValue) {
        switch value {
        case .empty: break
        case .string(let text): self.text(1, text, always: true)
        case .bool(let value): unsigned(2, value ? 1 : 0, always: true)
        case .int(let value): unsigned(3, UInt64(bitPattern: value), always: true)
        case .double(let value): fixed64(4, value.bitPattern, always: true)
        case .bytes(let value): data(7, value, always: true)
        case .array(let values):
            message(5) { writer in
                for value in values { writer.message(1) { $0.value(value) } }
            }
        case .map(let members):
            message(6) { writer in
                for member in members { writer.attribute(1, member) }
            }
        }
    }

    fileprivate mutating func span(_ span: TraceSpan) {
        data(1, span.trace.bytes)
        data(2, span.id.rawValue.bigEndianBytes)
        text(3, span.traceState)
        if let parent = span.parent { data(4, parent.rawValue.bigEndianBytes) }
        text(5, span.name)
        unsigned(6, UInt64(span.kind.rawValue))
        fixed64(7, span.startNanoseconds)
        fixed64(8, span.endNanoseconds)
        for attribute in span.attributes { self.attribute(9, attribute) }
        unsigned(10, UInt64(span.droppedAttributes))
        for event in span.events {
            message(11) { writer in
                writer.fixed64(1, UInt64(max(0, event.at)))
                writer.text(2, event.name)
                for attribute in event.attributes { writer.attribute(3, attribute) }
                writer.unsigned(4, UInt64(event.droppedAttributes))
            }
        }
        unsigned(12, UInt64(span.droppedEvents))
        for link in span.links {
            message(13) { writer in
                writer.data(1, link.trace.bytes)
                writer.data(2, link.span.rawValue.bigEndianBytes)
                writer.text(3, link.traceState)
                for attribute in link.attributes { writer.attribute(4, attribute) }
                writer.unsigned(5, UInt64(link.droppedAttributes))
                writer.fixed32(6, link.flags)
            }
        }
        unsigned(14, UInt64(span.droppedLinks))
        message(15) { writer in
            writer.text(2, span.message)
            writer.unsigned(3, UInt64(span.status.rawValue))
        }
        fixed32(16, span.flags)
    }
}
