/// A terminal in full-screen mode: canvases go in, events come out.
public protocol TerminalScreen: Sendable {
    /// The terminal's size now.
    var size: Size { get }
    /// How many colours it shows; canvases may hold more, they are converted.
    var depth: ColorDepth { get }
    /// Which glyphs it shows.
    var glyphs: GlyphSet { get }
    /// What happens, for one reader. Ends after `close()`.
    var events: AsyncStream<TerminalEvent> { get }
    /// Shows a canvas, soon; returns at once. Of several that arrive while one is being written, the last is shown.
    func present(_ canvas: Canvas)
    /// Writes the bell.
    func bell()
    /// Shows a desktop notification where the terminal can; false where it can't. The texts may come from outside.
    func notify(title: String, body: String) -> Bool
    /// Puts a text on the clipboard where the terminal can; false where it can't.
    func copy(_ text: String) -> Bool
    /// Gives the terminal back to the shell as Ctrl-Z does; `resumed` follows when the program is continued.
    func suspend()
    /// Gives the terminal to another program, returns at once, and takes it again when `work` returns; `resumed`
    /// follows. Meanwhile no key is read and nothing is written; the last frame of that time is shown afterwards.
    /// - Parameter work: Runs the program and may block; never called once the screen is closed.
    func lend(to work: @escaping @Sendable () -> Void)
    /// Restores the terminal; further calls do nothing. Returns when the terminal is restored.
    func close()
}
