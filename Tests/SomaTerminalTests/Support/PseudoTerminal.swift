import Glibc
import SomaTerminal

/// Both ends of a terminal made for a test.
final class PseudoTerminal {
    let far: Int32
    let near: Int32

    init?(size: Size) {
        far = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        // The requests TIOCSPTLCK and TIOCGPTN: unlock the near end and ask for its number.
        var locked: Int32 = 0
        var number: UInt32 = 0
        guard far >= 0, ioctl(far, 0x4004_5431, &locked) == 0, ioctl(far, 0x8004_5430, &number) == 0 else {
            return nil
        }
        near = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
        guard near >= 0 else { return nil }
        resize(size)
    }

    deinit {
        close(near)
        close(far)
    }

    func resize(_ size: Size) {
        var window = winsize(
            ws_row: UInt16(size.rows),
            ws_col: UInt16(size.columns),
            ws_xpixel: 0,
            ws_ypixel: 0
        )
        _ = ioctl(far, UInt(TIOCSWINSZ), &window)
    }

    func type(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(far, bytes, bytes.count)
    }

    /// What the program wrote, up to the first pause of this many milliseconds.
    func output(pause: Int32 = 60) -> String {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            var wait = pollfd(fd: far, events: Int16(POLLIN), revents: 0)
            guard poll(&wait, 1, pause) > 0 else { break }
            let count = read(far, &buffer, buffer.count)
            guard count > 0 else { break }
            all += buffer.prefix(count)
        }
        return String(decoding: all, as: UTF8.self)
    }

    /// The terminal's modes as bytes, to compare before and after.
    var modes: [UInt32] {
        var modes = termios()
        tcgetattr(near, &modes)
        return [modes.c_iflag, modes.c_oflag, modes.c_cflag, modes.c_lflag]
    }
}
