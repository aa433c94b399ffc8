/// Why a recording can't be read or written.
public struct RecordingError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of failure it is.
    public enum Kind: Sendable, Equatable {
        /// The bytes hold not one line of a recording.
        case notARecording
        /// A newer version of Soma wrote it.
        case newerVersion(Int)
        /// The system refused; the number is its `errno`.
        case system(Int32)
    }

    /// What kind of failure it is.
    public let kind: Kind
    /// What failed, on what, and what to do.
    public let description: String

    package init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}

/// Something in a recording that was left out or can't be trusted. The rest was read.
public struct RecordingProblem: Sendable, Hashable, CustomStringConvertible {
    /// What is wrong.
    public enum Kind: Sendable, Hashable {
        /// The last line stops in the middle, as after a crash: it was left out.
        case torn
        /// A line is no record: it was left out.
        case unreadable
        /// Bytes were changed after they were written: what they say may be false.
        case damaged
        /// There is no header, or it doesn't come first.
        case headerMissing
        /// The index is missing or doesn't fit; it was made anew.
        case indexMissing
    }

    /// What is wrong.
    public let kind: Kind
    /// The bytes concerned.
    public let bytes: Range<Int>
    /// More about it; empty where there is nothing to say.
    public let detail: String

    package init(_ kind: Kind, _ bytes: Range<Int>, _ detail: String = "") {
        self.kind = kind
        self.bytes = bytes
        self.detail = detail
    }

    /// What is wrong, and where.
    public var description: String {
        let place = "bytes \(bytes.lowerBound) to \(bytes.upperBound)"
        let rest = detail.isEmpty ? "" : ": \(detail)"
        return switch kind {
        case .torn: "The last line is torn and was left out (\(place))\(rest)"
        case .unreadable: "A line is no record and was left out (\(place))\(rest)"
        case .damaged: "Changed after it was written, so it may say what didn't happen (\(place))\(rest)"
        case .headerMissing: "There is no header\(rest)"
        case .indexMissing: "There is no index that fits; it was made anew\(rest)"
        }
    }
}
