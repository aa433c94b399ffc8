/// Short messages in the corner; the owner decides when they go.
public struct Toasts: Sendable, Hashable {
    /// One message.
    public struct Toast: Sendable, Hashable {
        /// What it says.
        public var text: String
        /// Its style's role.
        public var role: ThemeRole

        /// Makes a message.
        public init(_ text: String, role: ThemeRole = .toast) {
            self.text = text
            self.role = role
        }
    }

    /// The messages, newest last.
    public var items: [Toast]
    /// The most that are kept.
    public static let itemsMax = 4

    /// Makes a stack.
    public init(_ items: [Toast] = []) { self.items = items }

    /// Adds a message; the oldest make way.
    public mutating func add(_ toast: Toast) {
        items.append(toast)
        if items.count > Toasts.itemsMax { items.removeFirst(items.count - Toasts.itemsMax) }
    }

    /// Draws the messages at the bottom right of a rectangle, the newest lowest.
    public func draw(on canvas: inout Canvas, in rect: Rect, theme: Theme, glyphs: GlyphSet = .unicode) {
        var row = rect.endRow - 1
        for toast in items.reversed() {
            guard row >= rect.row, rect.columns > 4 else { return }
            let text = " " + SafeText.clip(toast.text, to: rect.columns - 4, mark: glyphs.ellipsis) + " "
            let width = SafeText.columns(of: text)
            let style = theme[toast.role].over(theme[.toast])
            canvas.clipped(to: rect) { canvas in
                _ = canvas.draw(text, column: rect.endColumn - width - 1, row: row, style: style)
            }
            row -= 1
        }
    }
}
