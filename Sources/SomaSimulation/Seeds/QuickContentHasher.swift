import SomaCore
import SomaEngine

/// Names words by a quick hash that nobody needs to trust: simulations name thousands of words a second.
struct QuickContentHasher: ContentHasher {
    func id(of words: Words, after previous: ContentID?, subject: String) -> ContentID {
        var hash = EventHash()
        hash.add(subject)
        if let previous {
            hash.add(previous.high)
            hash.add(previous.low)
        }
        hash.add(words.bytes)
        let high = hash.value
        hash.add(words.bytes.count &+ 1)
        return ContentID(high: high, low: hash.value)
    }
}
