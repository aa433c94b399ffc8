import SomaCore
package import SomaTerminal

/// What happened: a key, news from the source, time that went by.
package enum AppMessage: Sendable {
    /// The terminal told something.
    case terminal(TerminalEvent)
    /// The source told something.
    case source(SourceNews)
    /// The editor that was handed the terminal has ended.
    case edited(ArgumentEdit, EditOutcome)
    /// It is later now.
    case tick
    /// Settings were read anew.
    case settings(SettingsNews)
    /// The console turns to another daemon, where something may be remembered.
    case entered(ConsoleContext, Desk?)
    /// The daemon of the context in sight was reached, at that address.
    case attached(String)
    /// Something that was asked for is done, or couldn't be.
    case told(Notice)
    /// What became of a step of an export.
    case exported(Int, ExportNews)
    /// The Kafka source told something.
    case kafka(KafkaNews)
    /// The source of traces told something.
    case traces(TraceNews)
    /// The source of metrics told something.
    case metrics(MetricsNews)
}

/// What the shell has to do because of a message.
package enum AppEffect: Sendable, Hashable {
    /// The source is asked.
    case send(SourceRequest)
    /// The program gives the terminal back to the shell for a while.
    case suspend
    /// The terminal's bell rings.
    case bell
    /// The terminal shows a notification, where it can.
    case notify(title: String, body: String)
    /// A command of the person's is given to a shell, with these variables in its environment.
    case runCommand(String, environment: [String: String], failing: String? = nil)
    /// The terminal is handed to the person's editor; `edited` follows.
    case edit(ArgumentEdit)
    /// A text is put on the clipboard, or where there is none into a file; the person is told where it is.
    case copy(String, what: String)
    /// The settings are read again.
    case reload
    /// The console turns to the daemon of another context.
    case attach(ConsoleContext)
    /// A plugin is run.
    case plugin(PluginCall)
    /// The screen is written into a file as text.
    case write(path: String, replaces: Bool)
    /// Transitions are written into a file.
    case export(ExportStep)
    /// The Kafka source is asked.
    case kafka(KafkaRequest)
    /// The source of traces is asked.
    case traces(TraceRequest)
    /// The source of metrics is asked.
    case metrics(MetricsRequest)
    /// The program ends.
    case quit
}

/// What a key means.
package enum KeyMeaning: Sendable, Hashable {
    case app(AppIntent)
    case fleet(FleetMessage)
    case agents(AgentsMessage)
    case approvals(ApprovalsMessage)
    case effects(EffectsMessage)
    case events(EventsMessage)
    case plan(PlanGraphMessage)
    case run(RunViewMessage)
    case compare(CompareMessage)
    case kafka(KafkaMessage)
    case topic(TopicMessage)
    case traces(TracesMessage)
    case trace(TraceMessage)
    case metrics(MetricsMessage)
    case cost(CostMessage)
    case replay(ReplayMessage)
    case steering(SteeringMessage)
    /// A command that the person put on the key, by name.
    case plugin(String)
}

/// How a person moves in a list.
package enum ListMove: Sendable, Hashable {
    /// The selection moves by rows.
    case rows(Int)
    /// The selection moves by pages.
    case pages(Int)
    /// The first row is selected.
    case top
    /// The last row is selected.
    case bottom
}

/// What a person wants of the console as a whole.
package enum AppIntent: Sendable, Hashable {
    case quit, back, forward, help, command, filter, needsMe, suspend, time, start
    case openPlan, openRun
    /// The span of what is selected, in the waterfall of its run.
    case openSpan
    /// A view that is about no run, or about the selected one.
    case open(ViewName)
    /// Another view beside the one in sight, or one of two less.
    case split, zoom, otherPane
    /// A letter for the place in sight, or the place of a letter.
    case mark, goToMark
}
