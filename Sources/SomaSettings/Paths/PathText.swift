/// Arithmetic on paths, without a look at the disk.
enum PathText {
    /// The path from the root, without `.`, `..` and doubled slashes.
    /// - Parameters:
    ///   - folder: Where a relative path starts; absolute.
    ///   - home: What a leading `~/` stands for; nil leaves the tilde as it is.
    static func absolute(_ path: String, from folder: String, home: String?) -> String {
        if let home, path == "~" || path.hasPrefix("~/") { return normal(home + path.dropFirst(1)) }
        return normal(path.hasPrefix("/") ? path : folder + "/" + path)
    }

    /// The folder that a path is in.
    static func parent(_ path: String) -> String {
        normal(path + "/..")
    }

    private static func normal(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }
}
