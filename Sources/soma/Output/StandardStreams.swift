import Glibc

/// The three descriptors that every program is given, and that a caller may have closed.
enum StandardStreams {
    /// Opens those that are closed on nothing, so that no file or socket of ours gets their number and is written to by a message.
    ///
    /// Standard output is opened for reading: who writes results there is told that they go nowhere.
    static func occupy() {
        for (descriptor, mode) in [
            (STDIN_FILENO, O_RDONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDWR),
        ]
        where fcntl(descriptor, F_GETFD) == -1 {
            // The lowest free number is given, which is this one: those below are open.
            _ = open("/dev/null", mode)
        }
    }
}
