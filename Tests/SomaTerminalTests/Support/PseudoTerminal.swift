import Glibc
import SomaTerminal
import Testing

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

    /// Reads what the program wrote up to the bell.
    func bytesUpToBell() -> [UInt8] {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while all.last != 0x07 {
            var wait = pollfd(fd: far, events: Int16(POLLIN), revents: 0)
            guard poll(&wait, 1, 10_000) > 0 else { break }
            let count = read(far, &buffer, buffer.count)
            guard count > 0 else { break }
            all += buffer.prefix(count)
        }
        return all
    }

    #if canImport(CTerminalEmulator)
    /// Lets the emulator show and answer all that was presented; what was written.
    func exchange(with emulator: Emulator, _ screen: NcursesScreen) -> [UInt8] {
        var all: [UInt8] = []
        func pass(_ bytes: [UInt8]) {
            all += bytes
            emulator.write(bytes)
            let answers = emulator.answers()
            if !answers.isEmpty { type(String(decoding: answers, as: UTF8.self)) }
        }
        var rounds = 0
        while !screen.isSettled {
            pass(available())
            rounds += 1
            if rounds == 500 {
                Issue.record("Not answered: \(SafeText.line(SafeText.decode(all.suffix(300))))")
            }
        }
        screen.bell()
        pass(bytesUpToBell())
        return all
    }

    /// What can be read within a millisecond.
    private func available() -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var wait = pollfd(fd: far, events: Int16(POLLIN), revents: 0)
        guard poll(&wait, 1, 1) > 0 else { return [] }
        let count = read(far, &buffer, buffer.count)
        return Array(buffer.prefix(max(0, count)))
    }
    #endif

    /// What the program wrote, up to the first pause of this many milliseconds. Its questions are answered at once.
    func output(pause: Int32 = 60, keepsQuestions: Bool = false) -> String {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            var wait = pollfd(fd: far, events: Int16(POLLIN), revents: 0)
            guard poll(&wait, 1, pause) > 0 else { break }
            let count = read(far, &buffer, buffer.count)
            guard count > 0 else { break }
            all += buffer.prefix(count)
            for _ in PseudoTerminal.questions(in: Array(buffer.prefix(count))) { type("\u{1B}[0n") }
        }
        let text = String(decoding: all, as: UTF8.self)
        return keepsQuestions
            ? text : text.split(separator: "\u{1B}[5n", omittingEmptySubsequences: false).joined()
    }

    /// Where bytes end with the question whether all before it was shown.
    static func questions(in bytes: [UInt8]) -> [Int] {
        let question = Array("\u{1B}[5n".utf8)
        return bytes.indices.filter { bytes[...$0].suffix(4) == question[...] }
    }

    /// The terminal's modes as bytes, to compare before and after.
    var modes: [UInt32] {
        var modes = termios()
        tcgetattr(near, &modes)
        return [modes.c_iflag, modes.c_oflag, modes.c_cflag, modes.c_lflag]
    }
}
