import Glibc
import SomaConsole
import SomaCore

/// The file that a person has what is in sight written into.
enum ScreenFile {
    /// Writes a text and a line break. Blocks on the disk, never on a pipe.
    /// - Parameters:
    ///   - path: Relative ones start in the working folder, `~/` at home.
    ///   - replaces: Whether a file that exists is replaced; else it is left alone.
    ///   - home: The person's.
    /// - Returns: Why it isn't written; `nil` where it is.
    static func write(_ text: String, to path: String, replaces: Bool, home: String?) -> String? {
        let file = NamedFile(path, home: home)
        let how = replaces ? O_TRUNC : O_EXCL
        let descriptor = open(file.path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK | how, 0o666)
        guard descriptor >= 0 else { return errno == EEXIST ? file.exists : file.notWritten(errno) }
        var code = WholeWrite.write(Array((text + "\n").utf8), to: descriptor)
        if close(descriptor) != 0, code == 0 { code = errno }
        guard code != 0 else { return nil }
        // Half a new file is of no use; of one that was replaced, the old is gone in any case.
        if !replaces { unlink(file.path) }
        return file.notWritten(code)
    }
}
