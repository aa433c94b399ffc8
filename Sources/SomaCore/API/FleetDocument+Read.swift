extension FleetDocument {
    /// From how many bytes on a document is read in two halves.
    package static let halvesBytesMin = 65_536

    /// Reads the document's bytes; `nil` where they are none.
    ///
    /// A console's first screen waits for this, so a long list of runs is read in two halves side by side, and what
    /// was read is freed afterwards.
    package static func read(_ bytes: [UInt8]) async -> FleetDocument? {
        guard bytes.count >= halvesBytesMin, let parts = Parts(bytes) else {
            return (try? JSON.parse(bytes)).flatMap { FleetDocument($0) }
        }
        async let first = states(bytes, parts.first)
        let second = states(bytes, parts.second)
        guard let first = await first, let second,
            var document = (try? JSON.parse(parts.frame)).flatMap({ FleetDocument($0) })
        else { return nil }
        document.runs = first + second
        return document
    }

    /// The states in a stretch of an array.
    private static func states(_ bytes: [UInt8], _ stretch: Range<Int>) -> [RunState]? {
        guard let json = try? JSON.parse([0x5B] + bytes[stretch] + [0x5D]), let runs = json.array else {
            return nil
        }
        let states = runs.map(RunState.init(record:))
        // Freeing a tree takes as long as reading it, and nobody waits for it.
        Task.detached(priority: .utility) { withExtendedLifetime(json) {} }
        return states
    }

    /// A document cut between two runs.
    private struct Parts {
        var first: Range<Int>
        var second: Range<Int>
        /// The document with an empty list of runs.
        var frame: [UInt8]

        /// Cuts JSON of the daemon's form. Anything else is left to the parser as a whole.
        init?(_ bytes: [UInt8]) {
            let key = Array("\"runs\":[".utf8)
            var depth = 0
            var isInText = false
            var start: Int?
            var middle: Int?
            var end: Int?
            var index = 0
            while index < bytes.count {
                let byte = bytes[index]
                if isInText {
                    if byte == 0x5C { index += 1 } else if byte == 0x22 { isInText = false }
                    index += 1
                    continue
                }
                switch byte {
                case 0x22:
                    if depth == 1, start == nil, bytes[index...].starts(with: key) {
                        index += key.count
                        depth = 2
                        start = index
                        continue
                    }
                    isInText = true
                case 0x5B, 0x7B: depth += 1
                case 0x5D, 0x7D:
                    depth -= 1
                    if depth == 1, start != nil, end == nil { end = index }
                case 0x2C:
                    // Between two runs, from the middle on.
                    if depth == 2, start != nil, end == nil, middle == nil, index >= bytes.count / 2 {
                        middle = index
                    }
                default: break
                }
                index += 1
            }
            guard depth == 0, let start, let middle, let end, middle < end else { return nil }
            first = start..<middle
            second = (middle + 1)..<end
            frame = Array(bytes[..<start]) + bytes[end...]
        }
    }
}
