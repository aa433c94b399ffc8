import SomaCore
import SomaTerminal

/// Documents that were made of words, kept with what is folded in them; the oldest make way.
struct EntryDocuments: Sendable {
    private enum Key: Sendable, Hashable {
        case words(ContentID, EntryParts.Use)
        case edits(ContentID?, ContentID)
        case structure(seq: Int, title: String)
        case output(effect: Int, isTail: Bool)
    }

    private struct Kept: Sendable {
        var parts: [EntryPart]
        /// The size of the text that they were made of; output grows.
        var size: Int
        var bytes: Int
    }

    private var kept: [Key: Kept] = [:]
    private var order: [Key] = []
    private var bytes = 0
    /// How many documents were made; what tests count.
    private(set) var made = 0

    /// What parts of entries' lines say: arguments are read once, not for each frame.
    private var sayings: [TimelinePart: String] = [:]

    /// The most sayings that are kept.
    private static let sayingsMax = 4_096

    /// The most that is kept, in bytes of text, beside what is in sight.
    static let bytesMax = 33_554_432
    /// How many lines of output are shown below a call under way.
    static let tailLines = 6

    /// The documents of a detail.
    mutating func parts(
        of detail: TimelineDetail,
        entry: Int,
        run: RunID,
        words: WordsCache,
        output: LiveOutput
    ) -> [EntryPart] {
        switch detail {
        case .words(let title, let id): return parts(id, .words(title), run, words)
        case .report(let title, let id): return parts(id, .report(title), run, words)
        case .plan(let id): return parts(id, .plan, run, words)
        case .evidence(let id): return parts(id, .evidence, run, words)
        case .arguments(let id): return parts(id, .arguments, run, words)
        case .edits(let before, let after):
            guard let new = words[after]?.text, let old = before.flatMap({ words[$0]?.text }) else {
                return parts(after, .arguments, run, words)
            }
            return keep(.edits(before, after), size: 0) { [EntryParts.edits(from: old, to: new)] }
        case .json(let title, let json):
            return keep(.structure(seq: entry, title: title), size: 0) { [EntryParts.structure(title, json)] }
        case .output(let effect):
            guard let text = output[run, effect], !text.isEmpty else { return [] }
            return keep(.output(effect: effect, isTail: false), size: text.hashValue) {
                [EntryPart(title: "output so far", document: Document(text, hint: .plain, isCut: true))]
            }
        }
    }

    /// A part of an entry's line with its words in it, where they are at hand.
    mutating func said(_ part: TimelinePart, _ words: WordsCache) -> TimelinePart {
        guard !part.words.isEmpty else { return part }
        var role = ThemeRole.text
        if case .edits = part { role = .warning }
        if let known = sayings[part] { return .text(known, role) }
        guard part.words.allSatisfy({ words[$0]?.text != nil }) else { return part }
        if sayings.count >= Self.sayingsMax { sayings = [:] }
        let text = EntryText.text(part, words)
        sayings[part] = text
        return .text(text, role)
    }

    /// The last lines of what a call under way has put out.
    mutating func tail(of effect: Int, run: RunID, output: LiveOutput) -> EntryPart? {
        guard let text = output[run, effect], !text.isEmpty else { return nil }
        return keep(.output(effect: effect, isTail: true), size: text.hashValue) {
            let lines = text.utf8.suffix(8_192).split(separator: 0x0A).suffix(Self.tailLines)
            let last = lines.map { String(decoding: $0.prefix(1_000), as: UTF8.self) }.joined(separator: "\n")
            return [EntryPart(title: "", document: Document(last, hint: .plain, isCut: true))]
        }.first
    }

    private mutating func parts(
        _ id: ContentID,
        _ use: EntryParts.Use,
        _ run: RunID,
        _ words: WordsCache
    ) -> [EntryPart] {
        guard case .text(let text, let isCut) = words[id] else {
            let title: String =
                switch use {
                case .words(let title), .report(let title): title
                case .plan, .evidence, .arguments: ""
                }
            let words = words[id]?.placeholder ?? "loading"
            return [EntryPart(title: title, document: EntryParts.placeholder(words))]
        }
        return keep(.words(id, use), size: 0) { EntryParts.parts(text, isCut: isCut, as: use, run: run) }
    }

    private mutating func keep(_ key: Key, size: Int, _ make: () -> [EntryPart]) -> [EntryPart] {
        if let known = kept[key], known.size == size { return known.parts }
        let parts = make()
        made += 1
        let weight = parts.reduce(256) { $0 + $1.document.size }
        if let old = kept[key] { bytes -= old.bytes } else { order.append(key) }
        kept[key] = Kept(parts: parts, size: size, bytes: weight)
        bytes += weight
        while bytes > Self.bytesMax, order.count > 1 {
            let oldest = order.removeFirst()
            if oldest != key {
                bytes -= kept.removeValue(forKey: oldest)?.bytes ?? 0
            } else {
                order.append(key)
            }
        }
        return parts
    }

    // MARK: Folding and searching

    /// Changes the document that a part of a detail was made from.
    mutating func change(_ detail: TimelineDetail, entry: Int, part: Int, _ body: (inout Document) -> Void) {
        guard let key = key(detail, entry), var found = kept[key], found.parts.indices.contains(part) else {
            return
        }
        body(&found.parts[part].document)
        kept[key] = found
    }

    private func key(_ detail: TimelineDetail, _ entry: Int) -> Key? {
        switch detail {
        case .words(let title, let id): .words(id, .words(title))
        case .report(let title, let id): .words(id, .report(title))
        case .plan(let id): .words(id, .plan)
        case .evidence(let id): .words(id, .evidence)
        case .arguments(let id): .words(id, .arguments)
        case .edits(let before, let after):
            kept[.edits(before, after)] == nil ? .words(after, .arguments) : .edits(before, after)
        case .json(let title, _): .structure(seq: entry, title: title)
        case .output(let effect): .output(effect: effect, isTail: false)
        }
    }
}
