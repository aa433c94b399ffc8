import SomaCore

/// How a person has set up the console, and the places that they keep.
package struct Habits: Sendable {
    /// What the file says.
    package private(set) var config = ConsoleConfig()
    /// Other keys, looked up quickly.
    private(set) var keys = KeyChanges()
    /// The daemon in sight, by the name of its context; `nil` in a recording.
    package var context: ConsoleContext?
    /// The address of that daemon, for plugins; `nil` where there is none yet.
    package var daemon: String?
    /// Whether the person asked for a console that changes nothing, whatever the context says.
    package var isReadOnlyEverywhere = false
    /// Places by their letters.
    package var marks: [Character: Place] = [:]
    /// What the next key, a letter, is for.
    var awaitsMark: MarkPurpose?
    /// The view about a run that the person wants to begin with, until it is known which runs there are.
    var opening: Opening?
    /// Whether what was remembered may name runs that are gone: until the first snapshot tells.
    var mayNameGoneRuns = false

    package init() {}

    /// Takes another configuration.
    package mutating func adopt(_ config: ConsoleConfig) {
        self.config = config
        keys = KeyChanges(config.keys)
    }
}

/// A place that a person can come back to.
package struct Place: Sendable, Hashable {
    /// The view.
    package var route: Route
    /// Where in its run's log it was looked at; `nil` is where the run is now.
    package var walk: Walk?

    package init(_ route: Route, walk: Walk? = nil) {
        self.route = route
        self.walk = walk
    }
}

/// What a letter is typed for.
enum MarkPurpose: Sendable, Hashable {
    /// The place in sight gets the letter.
    case set
    /// The letter's place comes into sight.
    case go
}

extension AppState {
    /// What the person has set for the console.
    package var config: ConsoleConfig { habits.config }
}
