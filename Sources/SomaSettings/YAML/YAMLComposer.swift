/// Builds trees from events, without recursion, inside its limits.
struct YAMLComposer {
    /// A list or mapping whose end hasn't been seen.
    private struct Frame {
        let mark: YAMLMark
        let tag: String?
        let anchor: String?
        let isMapping: Bool
        var items: [YAMLNode] = []
        var entries: [YAMLEntry] = []
        var key: YAMLNode?
        var keys: [YAMLNode.Content: YAMLMark] = [:]
        var nodeCount = 1
        var depth = 1
    }

    /// A finished node and how much a copy of it adds.
    private struct Measured {
        let node: YAMLNode
        let nodeCount: Int
        let depth: Int
    }

    let file: String
    let limits: YAMLLimits
    let rules: YAMLRules
    private var frames: [Frame] = []
    private var anchors: [String: Measured] = [:]
    private var nodeCount = 0
    private(set) var roots: [YAMLNode] = []

    init(file: String, limits: YAMLLimits, rules: YAMLRules) {
        self.file = file
        self.limits = limits
        self.rules = rules
    }

    mutating func consume(_ event: YAMLEvent) throws(SettingsError) {
        switch event.kind {
        case .streamStart, .streamEnd, .documentEnd: break
        case .documentStart:
            anchors = [:]
            if rules == .strict, !roots.isEmpty {
                throw problem("expected one document, found another; remove the `---`", at: event.mark)
            }
        case .alias(let name): try addAlias(name, at: event.mark)
        case .scalar(let text, let isPlain, let tag, let anchor):
            let kept = try check(tag, at: event.mark)
            let content = YAMLNode.Content.scalar(
                text: text,
                isPlain: Self.isResolved(isPlain: isPlain, tag: tag)
            )
            let node = YAMLNode(content: content, tag: kept, mark: event.mark)
            try add(Measured(node: node, nodeCount: 1, depth: 0), anchor: anchor, counts: true)
        case .sequenceStart(let tag, let anchor):
            try open(isMapping: false, tag: tag, anchor: anchor, at: event.mark)
        case .mappingStart(let tag, let anchor):
            try open(isMapping: true, tag: tag, anchor: anchor, at: event.mark)
        case .sequenceEnd, .mappingEnd: try close()
        }
    }

    private mutating func open(isMapping: Bool, tag: String?, anchor: String?, at mark: YAMLMark)
        throws(SettingsError)
    {
        guard frames.count < limits.depthMax else {
            throw problem("expected at most \(limits.depthMax) levels, found more", at: mark)
        }
        try count(1, at: mark)
        let kept = try check(tag, at: mark)
        frames.append(Frame(mark: mark, tag: kept, anchor: anchor, isMapping: isMapping))
        if let anchor { anchors[anchor] = nil }
    }

    private mutating func close() throws(SettingsError) {
        let frame = frames.removeLast()
        let content: YAMLNode.Content = frame.isMapping ? .mapping(frame.entries) : .sequence(frame.items)
        let node = YAMLNode(content: content, tag: frame.tag, mark: frame.mark)
        try add(
            Measured(node: node, nodeCount: frame.nodeCount, depth: frame.depth),
            anchor: frame.anchor,
            counts: false
        )
    }

    private mutating func addAlias(_ name: String, at mark: YAMLMark) throws(SettingsError) {
        if frames.contains(where: { $0.anchor == name }) && anchors[name] == nil {
            throw problem(
                "expected a value, found the alias *\(Quoted.visible(name)), which stands inside itself",
                at: mark
            )
        }
        guard let target = anchors[name] else {
            throw problem(
                "expected an anchor &\(Quoted.visible(name)) above, found only its alias",
                at: mark,
                near: NearestName.of(name, among: anchors.keys.sorted())
            )
        }
        guard frames.count + target.depth <= limits.depthMax else {
            throw problem("expected at most \(limits.depthMax) levels, found more", at: mark)
        }
        try count(target.nodeCount, at: mark)
        let node = YAMLNode(content: target.node.content, tag: target.node.tag, mark: mark)
        try add(
            Measured(node: node, nodeCount: target.nodeCount, depth: target.depth),
            anchor: nil,
            counts: false
        )
    }

    private mutating func count(_ added: Int, at mark: YAMLMark) throws(SettingsError) {
        nodeCount += added
        guard nodeCount <= limits.nodesMax else {
            throw problem(
                "expected at most \(limits.nodesMax) values (aliases written out), found more",
                at: mark
            )
        }
    }

    private mutating func add(_ measured: Measured, anchor: String?, counts: Bool) throws(SettingsError) {
        if counts { try count(1, at: measured.node.mark) }
        if let anchor { anchors[anchor] = measured }
        guard !frames.isEmpty else {
            roots.append(measured.node)
            return
        }
        let top = frames.count - 1
        frames[top].nodeCount += measured.nodeCount
        frames[top].depth = max(frames[top].depth, measured.depth + 1)
        if !frames[top].isMapping {
            frames[top].items.append(measured.node)
        } else if let key = frames[top].key {
            frames[top].entries.append(YAMLEntry(key: key, value: measured.node))
            frames[top].key = nil
        } else {
            try checkKey(measured.node)
            frames[top].key = measured.node
        }
    }

    private mutating func checkKey(_ key: YAMLNode) throws(SettingsError) {
        if rules == .strict {
            guard case .scalar(let text, let isPlain) = key.content else {
                throw problem("expected a word as key, found \(key.phrase)", at: key.mark)
            }
            if isPlain, text == "<<" {
                throw problem(
                    "expected a key, found the merge key <<, which Soma doesn't follow: write the keys out",
                    at: key.mark
                )
            }
        }
        // Quoted or not, a key is the same key: JSON and every reader of ours see the text alone.
        let identity = YAMLKeyIdentity.of(key)
        if let first = frames[frames.count - 1].keys.updateValue(key.mark, forKey: identity) {
            let name = key.text.map(Quoted.text) ?? "key"
            throw problem(
                "expected each key once, found \(name) again (first on line \(first.line))",
                at: key.mark
            )
        }
    }

    private func check(_ tag: String?, at mark: YAMLMark) throws(SettingsError) -> String? {
        guard let tag, rules == .strict else { return tag }
        guard tag == "!" else {
            throw problem(
                "expected a value without a tag, found \(Quoted.text(tag)); use quotes to make text",
                at: mark
            )
        }
        return nil
    }

    /// Whether a scalar's text decides its type; a tag decides before the style does.
    private static func isResolved(isPlain: Bool, tag: String?) -> Bool {
        guard let tag else { return isPlain }
        return ["null", "bool", "int", "float"].contains { tag == "tag:yaml.org,2002:\($0)" }
    }

    private func problem(_ message: String, at mark: YAMLMark, near: String? = nil) -> SettingsError {
        let origin = SettingOrigin.file(path: file, line: mark.line, column: mark.column)
        return SettingsError(issues: [SettingsIssue(origin: origin, message: message, suggestion: near)])
    }
}

/// What makes two keys the same one.
enum YAMLKeyIdentity {
    /// The content without places; single values by their text alone.
    static func of(_ node: YAMLNode) -> YAMLNode.Content {
        switch node.content {
        case .scalar(let text, _): .scalar(text: text, isPlain: true)
        case .sequence(let items): .sequence(items.map(strip))
        case .mapping(let entries):
            .mapping(entries.map { YAMLEntry(key: strip($0.key), value: strip($0.value)) })
        }
    }

    private static func strip(_ node: YAMLNode) -> YAMLNode {
        YAMLNode(content: of(node), mark: YAMLMark(line: 0, column: 0))
    }
}
