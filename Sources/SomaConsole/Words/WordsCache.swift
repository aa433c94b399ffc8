package import SomaCore

/// What is known of the words behind a content id.
package enum WordsState: Sendable, Hashable {
    /// They have been asked for.
    case loading
    /// Here they are; `isCut` where there are more than the console keeps.
    case text(String, isCut: Bool)
    /// They are enciphered with a key that isn't at hand.
    case sealed
    /// They were deleted.
    case erased
    /// The source doesn't have them.
    case missing

    /// Keeps a text, cut where it is too long to be looked at.
    package init(_ text: String) {
        let isCut = text.utf8.count > WordsCache.textBytesMax
        self = .text(isCut ? String(text.prefix(WordsCache.textBytesMax)) : text, isCut: isCut)
    }

    /// The text, where there is one.
    package var text: String? {
        if case .text(let text, _) = self { return text }
        return nil
    }

    /// What stands in place of the words where there are none.
    package var placeholder: String? {
        switch self {
        case .loading: "loading"
        case .text: nil
        case .sealed: "sealed"
        case .erased: "erased"
        case .missing: "not recorded"
        }
    }
}

/// Words that have arrived, by id; the oldest make way.
package struct WordsCache: Sendable {
    private var entries: [ContentID: WordsState] = [:]
    private var order: [ContentID] = []
    private var bytes = 0
    /// Counts how often something arrived.
    package private(set) var version = 0

    /// The longest text that is kept, in bytes.
    package static let textBytesMax = 262_144
    /// The most texts that are kept.
    package static let textsMax = 30_000
    /// The most bytes that are kept.
    package static let bytesMax = 67_108_864

    package init() {}

    /// What is known of words; `nil` where nobody has asked yet.
    package subscript(id: ContentID) -> WordsState? { entries[id] }

    /// Notes that words were asked for; false where they were before.
    package mutating func ask(_ id: ContentID) -> Bool {
        guard entries[id] == nil else { return false }
        put(.loading, for: id)
        return true
    }

    /// Keeps what a source said.
    package mutating func put(_ state: WordsState, for id: ContentID) {
        if let old = entries[id] {
            bytes -= old.text?.utf8.count ?? 0
        } else {
            order.append(id)
        }
        entries[id] = state
        if state != .loading { version += 1 }
        bytes += state.text?.utf8.count ?? 0
        guard order.count > Self.textsMax || bytes > Self.bytesMax else { return }
        let old = order.prefix(order.count / 2)
        for id in old { bytes -= entries.removeValue(forKey: id)?.text?.utf8.count ?? 0 }
        order.removeFirst(old.count)
    }

    /// Lets words that weren't there be asked for again.
    package mutating func forgetMissing() {
        for id in order where entries[id] == .missing { entries[id] = nil }
        order.removeAll { entries[$0] == nil }
    }
}
