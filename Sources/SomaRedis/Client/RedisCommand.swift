/// One command, its words as bytes.
package struct RedisCommand: Sendable {
    private(set) var bytes: [UInt8] = []
    private(set) var lengths: [Int] = []

    /// A command of words in UTF-8.
    package init(_ words: String...) { for word in words { append(Array(word.utf8)) } }

    /// One more word.
    package func adding(_ word: [UInt8]) -> RedisCommand {
        var other = self
        other.append(word)
        return other
    }

    /// One more word.
    package func adding(_ word: String) -> RedisCommand { adding(Array(word.utf8)) }

    private mutating func append(_ word: [UInt8]) {
        bytes += word
        lengths.append(word.count)
    }
}
