#if canImport(CTerminalEmulator)
import CTerminalEmulator
import SomaTerminal

/// A terminal that shows what it is written, cell by cell.
final class Emulator {
    /// Whether libvterm was there when the tests were built, and is there now.
    static var isAvailable: Bool { soma_emulator_is_available() == 1 }

    /// A cell as the emulator shows it.
    struct Shown: Equatable, CustomStringConvertible {
        var text: String
        var columns: Int
        var attributes: Attributes
        var foreground: Int
        var background: Int

        var description: String {
            "\"\(text)\" \(columns) \(foreground) on \(background) \(attributes)"
        }
    }

    private let terminal: OpaquePointer
    private(set) var size: Size

    init?(size: Size) {
        guard let terminal = soma_emulator_new(Int32(size.rows), Int32(size.columns)) else { return nil }
        self.terminal = terminal
        self.size = size
    }

    deinit { soma_emulator_free(terminal) }

    func resize(_ size: Size) {
        self.size = size
        soma_emulator_resize(terminal, Int32(size.rows), Int32(size.columns))
    }

    func write(_ bytes: [UInt8]) {
        bytes.withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) {
                soma_emulator_write(terminal, $0.baseAddress, $0.count)
            }
        }
    }

    /// What the terminal answered since the last call.
    func answers() -> [UInt8] {
        var buffer = [CChar](repeating: 0, count: 4_096)
        let count = soma_emulator_read(terminal, &buffer, buffer.count)
        return buffer.prefix(count).map { UInt8(bitPattern: $0) }
    }

    subscript(_ row: Int, _ column: Int) -> Shown {
        let cell = soma_emulator_at(terminal, Int32(row), Int32(column))
        let scalars = [
            cell.scalars.0, cell.scalars.1, cell.scalars.2, cell.scalars.3, cell.scalars.4,
            cell.scalars.5,
        ]
        var text = ""
        for scalar in scalars.prefix(Int(cell.count)) {
            text.unicodeScalars.append(Unicode.Scalar(scalar) ?? "\u{FFFD}")
        }
        return Shown(
            text: text.isEmpty ? " " : text,
            columns: Int(cell.columns),
            attributes: Attributes(rawValue: cell.attributes),
            foreground: Int(cell.foreground),
            background: Int(cell.background)
        )
    }

    /// The lines of the screen.
    var text: [String] {
        (0..<size.rows).map { row in
            var line = ""
            var column = 0
            while column < size.columns {
                let cell = self[row, column]
                line += cell.text
                column += max(1, cell.columns)
            }
            while line.hasSuffix(" ") { line.removeLast() }
            return line
        }
    }
}
#endif
