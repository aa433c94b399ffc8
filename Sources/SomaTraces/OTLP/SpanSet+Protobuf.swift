import SomaCore

extension SpanSet {
    /// Reads `ExportTraceServiceRequest` or `TracesData` in protobuf. Fields that aren't known are ignored.
    /// - Throws: `TraceReadError` with the byte.
    public init(protobuf bytes: [UInt8]) throws(TraceReadError) {
        let result = bytes.withUnsafeBytes { raw -> Result<SpanSet, TraceReadError> in
            var reader = ProtobufReader(raw)
            do throws(ReadFailure) {
                var set = SpanSet()
                while let field = try reader.next() {
                    guard field.number == 1 else {
                        try reader.skip(field)
                        continue
                    }
                    var message = try reader.message(field)
                    try set.readResource(&message)
                }
                return .success(set)
            } catch {
                return .failure(error.error(in: nil))
            }
        }
        self = try result.get()
    }

    private mutating func readResource(_ reader: inout ProtobufReader) throws(ReadFailure) {
        let place = resources.count
        resources.append(TraceResource(service: TraceResource.unknownService))
        while let field = try reader.next() {
            switch field.number {
            case 1:
                var message = try reader.message(field)
                while let field = try message.next() {
                    guard field.number == 1 else {
                        try message.skip(field)
                        continue
                    }
                    var attribute = try message.message(field)
                    resources[place].attributes.append(try Attribute(&attribute))
                }
                if let name = resources[place].attributes["service.name"]?.text, !name.isEmpty {
                    resources[place].service = name
                }
            case 2:
                var message = try reader.message(field)
                try readScope(&message, Int32(place))
            case 3: resources[place].schemaURL = try reader.text(field)
            default: try reader.skip(field)
            }
        }
    }

    private mutating func readScope(_ reader: inout ProtobufReader, _ resource: Int32) throws(ReadFailure) {
        let place = scopes.count
        scopes.append(TraceScope())
        while let field = try reader.next() {
            switch field.number {
            case 1:
                var message = try reader.message(field)
                while let field = try message.next() {
                    switch field.number {
                    case 1: scopes[place].name = try message.text(field)
                    case 2: scopes[place].version = try message.text(field)
                    case 3:
                        var attribute = try message.message(field)
                        scopes[place].attributes.append(try Attribute(&attribute))
                    case 4:
                        scopes[place].droppedAttributes = UInt32(
                            truncatingIfNeeded: try message.unsigned(field)
                        )
                    default: try message.skip(field)
                    }
                }
            case 2:
                var message = try reader.message(field)
                var span = try TraceSpan(&message)
                span.resource = resource
                span.scope = Int32(place)
                spans.append(span)
            case 3: scopes[place].schemaURL = try reader.text(field)
            default: try reader.skip(field)
            }
        }
    }
}

extension TraceSpan {
    fileprivate init(_ reader: inout ProtobufReader) throws(ReadFailure) {
        self.init(trace: TraceID(high: 0, low: 0), id: SpanID(0), name: "", start: 0, duration: 0)
        var (start, end) = (UInt64(0), UInt64(0))
        while let field = try reader.next() {
            switch field.number {
            case 1: trace = try reader.traceID(field)
            case 2: id = try reader.spanID(field)
            case 3: traceState = try reader.text(field)
            case 4:
                let id = try reader.spanID(field)
                parent = id.isZero ? nil : id
            case 5: name = try reader.text(field)
            case 6: kind = SpanKind(rawValue: UInt8(clamping: try reader.unsigned(field))) ?? .unspecified
            case 7: start = try reader.fixed64(field)
            case 8: end = try reader.fixed64(field)
            case 9:
                var message = try reader.message(field)
                attributes.append(try Attribute(&message))
            case 10: droppedAttributes = UInt32(truncatingIfNeeded: try reader.unsigned(field))
            case 11:
                var message = try reader.message(field)
                events.append(try SpanEvent(&message))
            case 12: droppedEvents = UInt32(truncatingIfNeeded: try reader.unsigned(field))
            case 13:
                var message = try reader.message(field)
                links.append(try SpanLink(&message))
            case 14: droppedLinks = UInt32(truncatingIfNeeded: try reader.unsigned(field))
            case 15:
                var message = try reader.message(field)
                while let field = try message.next() {
                    switch field.number {
                    case 2: self.message = try message.text(field)
                    case 3:
                        status = SpanStatus(rawValue: UInt8(clamping: try message.unsigned(field))) ?? .unset
                    default: try message.skip(field)
                    }
                }
            case 16: flags = try reader.fixed32(field)
            default: try reader.skip(field)
            }
        }
        setTimes(start, end)
    }
}

extension SpanEvent {
    fileprivate init(_ reader: inout ProtobufReader) throws(ReadFailure) {
        self.init(at: 0, name: "")
        while let field = try reader.next() {
            switch field.number {
            case 1: at = Int64(clamping: try reader.fixed64(field))
            case 2: name = try reader.text(field)
            case 3:
                var message = try reader.message(field)
                attributes.append(try Attribute(&message))
            case 4: droppedAttributes = UInt32(truncatingIfNeeded: try reader.unsigned(field))
            default: try reader.skip(field)
            }
        }
    }
}

extension SpanLink {
    fileprivate init(_ reader: inout ProtobufReader) throws(ReadFailure) {
        self.init(trace: TraceID(high: 0, low: 0), span: SpanID(0))
        while let field = try reader.next() {
            switch field.number {
            case 1: trace = try reader.traceID(field)
            case 2: span = try reader.spanID(field)
            case 3: traceState = try reader.text(field)
            case 4:
                var message = try reader.message(field)
                attributes.append(try Attribute(&message))
            case 5: droppedAttributes = UInt32(truncatingIfNeeded: try reader.unsigned(field))
            case 6: flags = try reader.fixed32(field)
            default: try reader.skip(field)
            }
        }
    }
}

extension Attribute {
    fileprivate init(_ reader: inout ProtobufReader) throws(ReadFailure) {
        self.init("", .empty)
        while let field = try reader.next() {
            switch field.number {
            case 1: key = try reader.text(field)
            case 2:
                var message = try reader.message(field)
                value = try AttributeValue(&message)
            default: try reader.skip(field)
            }
        }
    }
}

extension AttributeValue {
    fileprivate init(_ reader: inout ProtobufReader) throws(ReadFailure) {
        self = .empty
        while let field = try reader.next() {
            switch field.number {
            case 1: self = .string(try reader.text(field))
            case 2: self = .bool(try reader.unsigned(field) != 0)
            case 3: self = .int(Int64(bitPattern: try reader.unsigned(field)))
            case 4: self = .double(Double(bitPattern: try reader.fixed64(field)))
            case 5:
                var message = try reader.message(field)
                var values: [AttributeValue] = []
                while let field = try message.next() {
                    guard field.number == 1 else {
                        try message.skip(field)
                        continue
                    }
                    var element = try message.message(field)
                    values.append(try AttributeValue(&element))
                }
                self = .array(values)
            case 6:
                var message = try reader.message(field)
                var members: [Attribute] = []
                while let field = try message.next() {
                    guard field.number == 1 else {
                        try message.skip(field)
                        continue
                    }
                    var member = try message.message(field)
                    members.append(try Attribute(&member))
                }
                self = .map(members)
            case 7: self = .bytes([UInt8](try reader.bytes(field)))
            default: try reader.skip(field)
            }
        }
    }
}

extension ProtobufReader {
    fileprivate mutating func traceID(_ field: Field) throws(ReadFailure) -> TraceID {
        let raw = try bytes(field)
        guard raw.count == 16 || raw.isEmpty else {
            throw failure("a trace id has 16 bytes, not \(raw.count)")
        }
        guard !raw.isEmpty else { return TraceID(high: 0, low: 0) }
        return TraceID(
            high: UInt64(bigEndian: raw.loadUnaligned(as: UInt64.self)),
            low: UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        )
    }

    fileprivate mutating func spanID(_ field: Field) throws(ReadFailure) -> SpanID {
        let raw = try bytes(field)
        guard raw.count == 8 || raw.isEmpty else { throw failure("a span id has 8 bytes, not \(raw.count)") }
        return SpanID(raw.isEmpty ? 0 : UInt64(bigEndian: raw.loadUnaligned(as: UInt64.self)))
    }
}
