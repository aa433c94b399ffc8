/// How much a YAML text may ask of its reader.
public struct YAMLLimits: Sendable, Hashable {
    /// Largest text.
    public var bytesMax: Int
    /// Deepest nesting; at most 500, which the parser below still reports itself.
    public var depthMax: Int
    /// Most nodes, counting what an alias stands for each time that it is used.
    public var nodesMax: Int

    /// Makes limits.
    /// - Parameters:
    ///   - bytesMax: Largest text, in bytes.
    ///   - depthMax: Deepest nesting, 1 to 500.
    ///   - nodesMax: Most nodes, aliases counted as what they stand for.
    public init(bytesMax: Int = 1 << 20, depthMax: Int = 64, nodesMax: Int = 100_000) {
        self.bytesMax = bytesMax
        self.depthMax = min(max(depthMax, 1), 500)
        self.nodesMax = nodesMax
    }
}

/// Which of YAML's features are understood.
public enum YAMLRules: Sendable, Hashable {
    /// For files that people write for Soma: keys are single values, no tags, no merge keys.
    case strict
    /// For looking at any YAML: tags are kept, keys may be lists and mappings.
    case whole
}
