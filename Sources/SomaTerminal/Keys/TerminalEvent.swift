/// Something that the terminal or the system tells the program.
public enum TerminalEvent: Sendable, Hashable {
    /// A key was pressed.
    case key(Key)
    /// The mouse did something.
    case mouse(MouseEvent)
    /// Text was pasted in one piece; at most `KeyDecoder.pasteBytesMax` bytes, hostile like all outside text.
    case paste(String)
    /// The terminal has a new size.
    case resize(Size)
    /// The terminal's window got (true) or lost (false) the focus.
    case focus(Bool)
    /// The program is back after a suspension; the screen was repainted.
    case resumed
    /// The system asks the program to end (SIGTERM, SIGHUP or SIGINT, by number); close the screen soon.
    case endRequested(signal: Int32)
    /// The input ended; no further keys will come.
    case inputClosed
}
