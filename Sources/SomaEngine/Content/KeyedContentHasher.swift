import Crypto
public import SomaCore

/// Names words by HMAC-SHA-256, cut to 128 bits, under a key of the subject's own.
///
/// The subject's key is derived from the store's secret (HMAC of the subject's name), so that neither the words
/// nor whose they are can be guessed from a name without that secret.
public struct KeyedContentHasher: ContentHasher {
    private let secret: SymmetricKey

    /// Creates a hasher.
    ///
    /// - Parameter secret: At least 32 random bytes that stay in the store.
    public init(secret: [UInt8]) { self.secret = SymmetricKey(data: secret) }

    /// The name of words that follow `previous` in a conversation; `nil` where they stand alone.
    public func id(of words: Words, after previous: ContentID?, subject: String) -> ContentID {
        let key = HMAC<SHA256>.authenticationCode(for: Array(subject.utf8), using: secret)
        var hash = HMAC<SHA256>(key: SymmetricKey(data: Array(key)))
        hash.update(data: previous?.bytes ?? [UInt8](repeating: 0, count: 16))
        hash.update(data: words.bytes)
        return ContentID(hash: hash.finalize())
    }
}
