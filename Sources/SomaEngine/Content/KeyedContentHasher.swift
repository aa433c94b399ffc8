import Crypto
public import SomaCore
import Synchronization

/// Names words by HMAC-SHA-256, cut to 128 bits, under a key of the subject's own.
///
/// The subject's key is derived from the store's secret (HMAC of the subject's name), so that neither the words
/// nor whose they are can be guessed from a name without that secret.
public final class KeyedContentHasher: ContentHasher {
    /// Beyond this many subjects the keys are derived anew, which takes a microsecond each.
    private static let keysMax = 1024

    private let secret: SymmetricKey
    /// The beginnings of hashes under the keys of the subjects met so far.
    private let keyed = Mutex<[String: HMAC<SHA256>]>([:])

    /// Creates a hasher.
    ///
    /// - Parameter secret: At least 32 random bytes that stay in the store.
    public init(secret: [UInt8]) { self.secret = SymmetricKey(data: secret) }

    /// The name of words that follow `previous` in a conversation; `nil` where they stand alone.
    public func id(of words: Words, after previous: ContentID?, subject: String) -> ContentID {
        var hash = beginning(for: subject)
        (previous ?? ContentID(high: 0, low: 0)).withBytes { hash.update(data: $0) }
        words.bytes.withUnsafeBytes { hash.update(data: $0) }
        return hash.finalize().withUnsafeBytes { ContentID(hash: $0) }
    }

    private func beginning(for subject: String) -> HMAC<SHA256> {
        keyed.withLock { keyed in
            if let known = keyed[subject] { return known }
            let key = HMAC<SHA256>.authenticationCode(for: Array(subject.utf8), using: secret)
            let beginning = HMAC<SHA256>(key: SymmetricKey(data: key))
            if keyed.count >= Self.keysMax { keyed.removeAll() }
            keyed[subject] = beginning
            return beginning
        }
    }
}
