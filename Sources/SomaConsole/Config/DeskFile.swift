import SomaCore
import SomaTraces

/// What the console remembers between two starts, as the text of `console.json`.
///
/// A value with bounds: whatever is in the text, reading it is quick and gives a desk that can be shown.
package struct DeskFile: Sendable, Hashable {
    /// What was left in each context, the one that was used last at the end.
    package private(set) var desks: [(context: String, desk: Desk)] = []
    /// Lines typed after `:`, the latest last.
    package var history: [String] = []

    /// The version of the text.
    package static let version = 1
    /// Largest text in bytes.
    package static let bytesMax = 262_144
    /// Most contexts that are remembered.
    static let contextsMax = 32
    /// Longest filter that is remembered, in characters.
    static let filterMax = 1_000

    package init() {}

    /// Why a text isn't used.
    package enum Problem: Error, Sendable, Hashable {
        /// It isn't what the console wrote.
        case damaged
        /// A later console wrote it, which should find it as it was.
        case newer
    }

    /// Reads a text.
    package init(_ bytes: [UInt8]) throws(Problem) {
        guard bytes.count <= Self.bytesMax, let json = try? JSON.parse(bytes),
            let version = json["version"]?.int
        else { throw .damaged }
        guard version == Self.version else { throw version > Self.version ? .newer : .damaged }
        history = (json["history"]?.array ?? []).compactMap(\.string)
            .filter { $0.count <= AppState.commandLineMax }.suffix(AppState.commandHistoryMax)
        for entry in (json["contexts"]?.array ?? []).suffix(Self.contextsMax) {
            guard let name = entry["name"]?.string else { continue }
            put(Desk(entry), of: name)
        }
    }

    /// What was left in a context.
    package func desk(of context: String) -> Desk? { desks.last { $0.context == context }?.desk }

    /// Keeps what is left in a context.
    package mutating func put(_ desk: Desk, of context: String) {
        desks.removeAll { $0.context == context }
        desks.append((context, desk))
        if desks.count > Self.contextsMax { desks.removeFirst() }
    }

    /// The text.
    package var bytes: [UInt8] {
        let contexts = desks.map { entry -> JSON in
            var object = entry.desk.json
            object["name"] = .string(entry.context)
            return .object(object)
        }
        let root: JSON = [
            "version": .int(Int64(Self.version)), "history": JSON(history), "contexts": .array(contexts),
        ]
        return root.bytes(.pretty) + [UInt8(ascii: "\n")]
    }

    package static func == (left: DeskFile, right: DeskFile) -> Bool {
        left.history == right.history && left.desks.map(\.context) == right.desks.map(\.context)
            && left.desks.map(\.desk) == right.desks.map(\.desk)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(history)
        hasher.combine(desks.map(\.context))
    }
}

extension Desk {
    /// Most panes of a screen.
    private static let panesMax = 2

    fileprivate init(_ json: JSON) {
        self.init()
        panes = (json["panes"]?.array ?? []).prefix(Self.panesMax).map(PaneDesk.init)
        focus = json["focus"]?.int ?? 0
        if !panes.indices.contains(focus) { focus = 0 }
        if let word = json["split"]?["direction"]?.string, let direction = Split.Direction(rawValue: word) {
            split.direction = direction
        }
        if let percent = json["split"]?["percent"]?.int, Split.percents.contains(percent) {
            split.percent = percent
        }
        split.isZoomed = json["split"]?["zoomed"]?.bool ?? false
        for (name, place) in (json["marks"]?.object?.members ?? []).prefix(64).map({ ($0.key, $0.value) }) {
            guard let letter = name.first, name.count == 1, AppState.isMark(letter),
                let route = place["view"]?.string.flatMap(Route.init(token:))
            else { continue }
            var walk: Walk?
            if let run = route.run, let seq = place["seq"]?.int, seq > 0, let at = place["at"]?.string,
                let moment = Timestamp(at)
            {
                walk = Walk(run: run, seq: seq, at: moment)
            }
            marks[letter] = Place(route, walk: walk)
        }
    }

    fileprivate var json: JSONObject {
        var object = JSONObject()
        object["panes"] = .array(panes.map { .object($0.json) })
        object["focus"] = JSON(focus)
        object["split"] = [
            "direction": .string(split.direction.rawValue), "percent": JSON(split.percent),
            "zoomed": .bool(split.isZoomed),
        ]
        var places = JSONObject()
        for (letter, place) in marks.sorted(by: { $0.key < $1.key }) {
            var text: JSONObject = ["view": .string(place.route.token)]
            if let walk = place.walk {
                text["seq"] = JSON(walk.seq)
                text["at"] = .string(walk.at.description)
            }
            places[String(letter)] = .object(text)
        }
        object["marks"] = .object(places)
        return object
    }
}

extension Desk.PaneDesk {
    fileprivate init(_ json: JSON) {
        let tokens = (json["route"]?.array ?? []).prefix(AppState.routeMax).compactMap(\.string)
        self.init(tokens.compactMap(Route.init(token:)))
        for member in (json["filters"]?.object?.members ?? []).prefix(ViewName.allCases.count) {
            guard let name = ViewName(rawValue: member.key), let text = member.value.string else { continue }
            filters[name] = String(text.prefix(DeskFile.filterMax))
        }
        for member in (json["selected"]?.object?.members ?? []).prefix(ViewName.allCases.count) {
            guard let name = ViewName(rawValue: member.key), let run = member.value.string else { continue }
            selected[name] = RunID(run)
        }
    }

    fileprivate var json: JSONObject {
        var object = JSONObject()
        object["route"] = JSON(route.map(\.token))
        var texts = JSONObject()
        for name in ViewName.allCases {
            if let text = filters[name] {
                texts[name.rawValue] = .string(String(text.prefix(DeskFile.filterMax)))
            }
        }
        if !texts.isEmpty { object["filters"] = .object(texts) }
        var runs = JSONObject()
        for name in ViewName.allCases {
            if let run = selected[name] { runs[name.rawValue] = .string(run.rawValue) }
        }
        if !runs.isEmpty { object["selected"] = .object(runs) }
        return object
    }
}

extension Route {
    /// The view as a word: `fleet`, `plan:ID`, `compare:ID:ID`.
    var token: String {
        switch self {
        case .compare(let left, let right): "\(name):\(left):\(right)"
        case .topic(let topic): "\(name):\(topic)"
        case .trace(.trace(let id)): "\(name)::\(id)"
        case .cost(let part?): "\(name):\(part.token)"
        default: run.map { "\(name):\($0)" } ?? name.rawValue
        }
    }

    /// Reads what `token` writes.
    init?(token: String) {
        let parts = token.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard let name = parts.first.flatMap(ViewName.init(rawValue:)), token.utf8.count <= 512 else {
            return nil
        }
        if name == .kafka, parts.count == 2, !parts[1].isEmpty {
            self = .topic(parts[1])
            return
        }
        if name == .traces, parts.count == 3, parts[1].isEmpty, let id = TraceID(whole: parts[2]) {
            self = .trace(.trace(id))
            return
        }
        if name == .cost, parts.count > 1 {
            guard let part = CostPart(token: parts.dropFirst().joined(separator: ":")) else { return nil }
            self = .cost(part)
            return
        }
        let run = parts.count > 1 ? RunID(parts[1]) : nil
        switch (name, run, parts.count) {
        case (.agents, let run?, 2): self = .agents(run)
        case (.effects, let run?, 2): self = .effects(run)
        case (.events, let run?, 2): self = .events(run)
        case (.compare, let run?, 3): self = .compare(run, RunID(parts[2]))
        case (.plan, let run?, 2): self = .plan(run)
        case (.run, let run?, 2): self = .run(run)
        case (.traces, let run?, 2): self = .trace(.run(run))
        case (_, nil, 1):
            guard let route = Route(name, run: nil) else { return nil }
            self = route
        default: return nil
        }
    }
}
