import SomaSettings

/// The folder that the person stands in, and paths from there.
enum WorkingFolder {
    static let path = ProcessContext.workingFolder

    /// A path made absolute, without looking at the disk.
    static func absolute(_ path: String) -> String {
        var parts: [Substring] = []
        for part in (path.hasPrefix("/") ? path : "\(self.path)/\(path)").split(separator: "/") {
            // Two dots stay: what is above a link is not what is written before it.
            if part != "." { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    /// The executable's own path.
    static let executable = ProcessContext.executable
}
