import SomaCore
package import SomaTerminal

/// What happened: a key, news from the source, time that went by.
package enum AppMessage: Sendable {
    /// The terminal told something.
    case terminal(TerminalEvent)
    /// The source told something.
    case source(SourceNews)
    /// It is later now.
    case tick
}

/// What the shell has to do because of a message.
package enum AppEffect: Sendable, Hashable {
    /// The source is asked.
    case send(SourceRequest)
    /// The program gives the terminal back to the shell for a while.
    case suspend
    /// The program ends.
    case quit
}

/// What a key means.
package enum KeyMeaning: Sendable, Hashable {
    case app(AppIntent)
    case fleet(FleetMessage)
    case plan(PlanGraphMessage)
    case run(RunViewMessage)
    case replay(ReplayMessage)
    case steering(SteeringMessage)
}

/// What a person wants of the console as a whole.
package enum AppIntent: Sendable, Hashable {
    case quit, back, help, command, filter, needsMe, suspend, time
    case openPlan, openRun
}
