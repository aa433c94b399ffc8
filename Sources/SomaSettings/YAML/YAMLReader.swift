/// Reads YAML texts from outside into trees that know their places.
///
/// Whatever the text, the result is a tree or an error with file, line and column.
public struct YAMLReader: Sendable {
    /// How much a text may ask for.
    public var limits: YAMLLimits
    /// Which features are understood.
    public var rules: YAMLRules

    /// A reader with limits and rules; strict unless told otherwise.
    public init(limits: YAMLLimits = YAMLLimits(), rules: YAMLRules = .strict) {
        self.limits = limits
        self.rules = rules
    }

    /// Reads a text of at most one document.
    /// - Parameters:
    ///   - bytes: UTF-8.
    ///   - file: The name that errors give.
    /// - Returns: The document; an empty text gives a null root.
    /// - Throws: `SettingsError.Kind.invalid` with the place.
    public func document(_ bytes: [UInt8], file: String) throws(SettingsError) -> YAMLDocument {
        let all = try documents(bytes, file: file)
        if let second = all.dropFirst().first {
            throw Self.problem("expected one document, found another", in: file, at: second.root.mark)
        }
        let empty = YAMLNode(content: .scalar(text: "", isPlain: true), mark: YAMLMark(line: 1, column: 1))
        return all.first ?? YAMLDocument(file: file, root: empty)
    }

    /// Reads a text of at most one document.
    /// - Throws: `SettingsError.Kind.invalid` with the place.
    public func document(_ text: String, file: String) throws(SettingsError) -> YAMLDocument {
        try document(Array(text.utf8), file: file)
    }

    /// Reads a file of at most one document. Blocks on the disk.
    /// - Throws: `SettingsError`: `unusableFile` when it can't be read, `invalid` when it is no YAML.
    public func document(readingFileAt path: String) throws(SettingsError) -> YAMLDocument {
        try document(FileText.read(path, bytesMax: limits.bytesMax), file: path)
    }

    /// Reads every document of a text; strict rules allow one.
    /// - Parameters:
    ///   - bytes: UTF-8.
    ///   - file: The name that errors give.
    /// - Throws: `SettingsError.Kind.invalid` with the place.
    public func documents(_ bytes: [UInt8], file: String) throws(SettingsError) -> [YAMLDocument] {
        guard bytes.count <= limits.bytesMax else {
            let limit = ByteSize(bytes: limits.bytesMax)
            throw Self.problem("expected at most \(limit), found \(bytes.count) bytes", in: file, at: nil)
        }
        var events = YAMLEvents(bytes)
        var composer = YAMLComposer(file: file, limits: limits, rules: rules)
        while true {
            let event: YAMLEvent
            do {
                event = try events.next()
            } catch {
                throw Self.problem(
                    "not valid YAML: \(Quoted.visible(error.problem))",
                    in: file,
                    at: error.mark
                )
            }
            if case .streamEnd = event.kind { break }
            try composer.consume(event)
        }
        return composer.roots.map { YAMLDocument(file: file, root: $0) }
    }

    private static func problem(_ message: String, in file: String, at mark: YAMLMark?) -> SettingsError {
        let origin = SettingOrigin.file(path: file, line: mark?.line ?? 0, column: mark?.column ?? 0)
        return SettingsError(issues: [SettingsIssue(origin: origin, message: message)])
    }
}

/// A YAML document and the name of the file that it came from.
public struct YAMLDocument: Sendable, Hashable {
    /// The name that errors give.
    public let file: String
    /// The document's value.
    public let root: YAMLNode

    /// Pairs a tree with a file's name.
    public init(file: String, root: YAMLNode) {
        self.file = file
        self.root = root
    }
}
