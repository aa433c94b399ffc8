import Glibc
import SomaTerminal

/// The file that a person has what is in sight written into.
enum ScreenFile {
    /// Writes a text and a line break. Blocks on the disk, never on a pipe.
    /// - Parameters:
    ///   - path: Relative ones start in the working folder, `~/` at home.
    ///   - replaces: Whether a file that exists is replaced; else it is left alone.
    ///   - home: The person's.
    /// - Returns: Why it isn't written; `nil` where it is.
    static func write(_ text: String, to path: String, replaces: Bool, home: String?) -> String? {
        var target = path
        if path == "~" || path.hasPrefix("~/"), let home { target = home + path.dropFirst() }
        let name = SafeText.line(path)
        let how = replaces ? O_TRUNC : O_EXCL
        let descriptor = open(target, O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK | how, 0o666)
        guard descriptor >= 0 else {
            if errno == EEXIST { return "\(name) exists; write! replaces it." }
            return "\(name) not written: \(String(cString: strerror(errno)).lowercased())."
        }
        var code = FileBytes.write(Array((text + "\n").utf8), to: descriptor)
        if close(descriptor) != 0, code == 0 { code = errno }
        guard code != 0 else { return nil }
        // Half a new file is of no use; of one that was replaced, the old is gone in any case.
        if !replaces { unlink(target) }
        return "\(name) not written: \(String(cString: strerror(code)).lowercased())."
    }
}

/// Bytes on their way into a file.
enum FileBytes {
    /// Writes all of them; the system's error number, 0 for none.
    static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return count < 0 ? errno : EIO }
            rest = rest.dropFirst(count)
        }
        return 0
    }
}
