import SomaCore
import SomaEngine

/// The time on the wall.
enum Now {
    static var timestamp: Timestamp { SystemWallClock().now }
}
