/// Something that the mouse did over a cell.
public struct MouseEvent: Sendable, Hashable {
    /// What happened.
    public enum Action: Sendable, Hashable {
        /// A button went down.
        case press
        /// A button came up.
        case release
        /// The mouse moved with a button held.
        case drag
        /// The mouse moved.
        case move
        /// The wheel turned away from the person.
        case scrollUp
        /// The wheel turned towards the person.
        case scrollDown
    }

    /// A mouse button.
    public enum Button: Sendable, Hashable {
        /// The left one.
        case left
        /// The wheel pressed.
        case middle
        /// The right one.
        case right
        /// None, or not told.
        case none
    }

    /// What happened.
    public var action: Action
    /// With which button.
    public var button: Button
    /// Over which cell.
    public var point: Point
    /// Keys held meanwhile.
    public var modifiers: KeyModifiers

    /// Makes an event.
    public init(action: Action, button: Button = .none, point: Point, modifiers: KeyModifiers = []) {
        self.action = action
        self.button = button
        self.point = point
        self.modifiers = modifiers
    }
}
