import CYaml

/// One step of parsing a YAML text.
struct YAMLEvent {
    enum Kind {
        case streamStart, streamEnd, documentStart, documentEnd
        case alias(name: String)
        case scalar(text: String, isPlain: Bool, tag: String?, anchor: String?)
        case sequenceStart(tag: String?, anchor: String?)
        case sequenceEnd
        case mappingStart(tag: String?, anchor: String?)
        case mappingEnd
    }

    let kind: Kind
    let mark: YAMLMark
}

/// A text that is no YAML, and why.
struct YAMLSyntaxError: Error {
    let mark: YAMLMark
    let problem: String
}

/// Sole owner of one libyaml parser and of the bytes that it reads.
///
/// Events are read here, rather than finished trees from Yams, because limits on depth and aliases
/// must hold before anything is built: building recurses, and comparing keys expands aliases.
struct YAMLEvents: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutableBufferPointer<UInt8>

    init(_ bytes: [UInt8]) {
        input = .allocate(capacity: max(bytes.count, 1))
        _ = input.update(fromContentsOf: bytes)
        parser = .allocate(capacity: 1)
        // libyaml's own initialiser fails only without memory, which Swift doesn't survive either.
        precondition(yaml_parser_initialize(parser) == 1, "out of memory")
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, input.baseAddress, bytes.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        input.deallocate()
    }

    /// The next event; after `streamEnd` there is none.
    mutating func next() throws(YAMLSyntaxError) -> YAMLEvent {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw syntaxError() }
        defer { yaml_event_delete(&event) }
        return YAMLEvent(kind: Self.kind(of: event), mark: YAMLMark(event.start_mark))
    }

    private static func kind(of event: yaml_event_t) -> YAMLEvent.Kind {
        switch event.type {
        case YAML_STREAM_END_EVENT: return .streamEnd
        case YAML_DOCUMENT_START_EVENT: return .documentStart
        case YAML_DOCUMENT_END_EVENT: return .documentEnd
        case YAML_ALIAS_EVENT: return .alias(name: string(event.data.alias.anchor) ?? "")
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            return .scalar(
                text: String(decoding: bytes, as: UTF8.self),
                isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE,
                tag: string(scalar.tag),
                anchor: string(scalar.anchor)
            )
        case YAML_SEQUENCE_START_EVENT:
            let start = event.data.sequence_start
            return .sequenceStart(tag: string(start.tag), anchor: string(start.anchor))
        case YAML_SEQUENCE_END_EVENT: return .sequenceEnd
        case YAML_MAPPING_START_EVENT:
            let start = event.data.mapping_start
            return .mappingStart(tag: string(start.tag), anchor: string(start.anchor))
        case YAML_MAPPING_END_EVENT: return .mappingEnd
        default: return .streamStart
        }
    }

    private static func string(_ pointer: UnsafePointer<UInt8>?) -> String? {
        pointer.map { String(decodingCString: $0, as: UTF8.self) }
    }

    private func syntaxError() -> YAMLSyntaxError {
        let state = parser.pointee
        let problem = state.problem.map { String(cString: $0) } ?? "it can't be parsed"
        guard state.error == YAML_READER_ERROR else {
            return YAMLSyntaxError(
                mark: YAMLMark(state.problem_mark),
                problem: advice(for: problem, at: state.problem_mark)
            )
        }
        let before = input.prefix(min(state.problem_offset, input.count))
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        let line = before.count { $0 == UInt8(ascii: "\n") } + 1
        let column = before[lineStart...].count { $0 & 0xC0 != 0x80 } + 1
        return YAMLSyntaxError(mark: YAMLMark(line: line, column: column), problem: problem)
    }

    /// libyaml tells what it saw; for the most common mistake, this tells what to do.
    private func advice(for problem: String, at mark: yaml_mark_t) -> String {
        let lines = String(decoding: input, as: UTF8.self).split(
            separator: "\n",
            omittingEmptySubsequences: false
        )
        guard problem.contains("cannot start any token"), lines.indices.contains(mark.line) else {
            return problem
        }
        let character = lines[mark.line].unicodeScalars.dropFirst(mark.column).first
        return character == "\t" ? "a tab can't indent YAML: use spaces" : problem
    }
}

extension YAMLMark {
    fileprivate init(_ mark: yaml_mark_t) {
        self.init(line: mark.line + 1, column: mark.column + 1)
    }
}
