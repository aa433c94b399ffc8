/// The first line of a recording.
public struct RecordingHeader: Sendable, Hashable {
    /// The newest version that this code reads. A change that an older reader would misread makes a new one.
    public static let versionMax = 1

    /// The version of the format.
    public var version: Int
    /// When recording began.
    public var at: Timestamp
    /// The program that wrote it, with its version.
    public var program: String
    /// Whether words are included.
    public var hasContent: Bool

    /// Creates a header of the newest version.
    public init(at: Timestamp, program: String = "soma", hasContent: Bool = true) {
        version = Self.versionMax
        self.at = at
        self.program = program
        self.hasContent = hasContent
    }

    init?(_ record: JSONObject) {
        guard let version = record["version"]?.int else { return nil }
        self.init(
            at: Timestamp(microseconds: Int64(record["at"]?.int ?? 0)),
            program: record["program"]?.string ?? "",
            hasContent: record["content"]?.bool ?? false
        )
        self.version = version
    }

    var record: JSON {
        [
            "soma": "header", "version": JSON(version), "at": .int(at.microseconds),
            "program": JSON(program), "content": .bool(hasContent),
        ]
    }
}
