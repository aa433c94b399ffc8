import Glibc

/// The folder that the person stands in, and paths from there.
enum WorkingFolder {
    static let path: String = {
        guard let text = getcwd(nil, 0) else { return "/" }
        defer { free(text) }
        return String(cString: text)
    }()

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
    static let executable: String = {
        var buffer = [CChar](repeating: 0, count: 4097)
        let count = readlink("/proc/self/exe", &buffer, 4096)
        guard count > 0 else { return "soma" }
        return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }()
}
