import SomaCore

/// What costs are listed by.
package enum CostAxis: String, Sendable, Hashable, CaseIterable {
    case role, model, tool, run, conversation, tenant, day, hour

    /// Whether each run belongs to one group as a whole, so that what its budget leaves can be said of the group.
    var isOfRuns: Bool {
        switch self {
        case .role, .run, .conversation, .tenant: true
        case .model, .tool, .day, .hour: false
        }
    }

    /// Whether the groups are stretches of time.
    var isTime: Bool { self == .day || self == .hour }

    /// What so many groups are called.
    func noun(_ count: Int) -> String {
        if count == 1 { return rawValue }
        return rawValue + "s"
    }

    /// What a group without a name is called.
    func words(_ name: CostName) -> String {
        switch name {
        case .named(let text): text
        case .unnamed:
            switch self {
            case .role: "no role"
            case .model: "no model named"
            case .tool: "no tool named"
            case .run: "no run"
            case .conversation: "no conversation"
            case .tenant: "no tenant"
            case .day, .hour: "no time"
            }
        case .other: self == .tool ? "models" : "tools"
        case .unread: "not read"
        }
    }
}

/// What a group is: one value of an axis, or one of those that every axis has.
package enum CostName: Sendable, Hashable {
    /// A role, a model, a run's id, a day.
    case named(String)
    /// The record names none.
    case unnamed
    /// What the axis has no place for: calls to tools in a list of models, and the other way round.
    case other
    /// Known of runs as a whole, and in which part it belongs only their logs tell, which were not read.
    case unread

    /// The name as one word, for desks and orders.
    var key: String {
        switch self {
        case .named(let text): "=" + text
        case .unnamed: "-"
        case .other: "+"
        case .unread: "?"
        }
    }

    /// Reads what `key` writes.
    init?(key: String) {
        switch key {
        case "-": self = .unnamed
        case "+": self = .other
        case "?": self = .unread
        default:
            guard key.first == "=" else { return nil }
            self = .named(String(key.dropFirst()))
        }
    }

    /// The value that was named.
    var text: String? { if case .named(let text) = self { text } else { nil } }
}

/// One group of an axis, which a list of costs is confined to.
package struct CostPart: Sendable, Hashable {
    package var axis: CostAxis
    package var name: CostName

    package init(_ axis: CostAxis, _ name: CostName) { (self.axis, self.name) = (axis, name) }

    /// The part as a word.
    var token: String { "\(axis.rawValue):\(name.key)" }

    /// Reads what `token` writes.
    init?(token: String) {
        let parts = token.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let axis = CostAxis(rawValue: String(parts[0])),
            let name = CostName(key: String(parts[1]))
        else { return nil }
        self.init(axis, name)
    }

    /// The part in words.
    var words: String { "\(axis.rawValue) \(axis.words(name))" }
}
