package import SomaCore
import SomaTerminal

extension AppState {
    /// Takes in what happened and says what the shell has to do about it.
    ///
    /// Pure but for the state itself. Call `settle` before drawing: it brings what is derived up to date, once for
    /// any number of messages. What a person does finds everything settled: keys typed ahead mean what they would if
    /// a frame had been shown before each.
    /// - Parameters:
    ///   - message: What happened.
    ///   - now: The wall's time.
    package mutating func update(_ message: AppMessage, now: Timestamp) -> [AppEffect] {
        self.now = now
        defer { isSettled = false }
        switch message {
        case .terminal(let event):
            let effects = isSettled || !event.isAimed ? [] : settle()
            return effects + update(terminal: event)
        case .source(let news): return update(source: news)
        case .edited(let edit, let outcome):
            take(outcome, of: edit)
            return []
        case .tick:
            forgetLag()
            hunt()
            return playOn()
        case .settings(let news): return update(settings: news)
        case .entered(let context, let desk): enter(context, desk)
        case .attached(let address):
            habits.daemon = address
            followDaemon(address)
        case .told(let notice): self.notice = notice
        case .exported(let number, let news): return update(export: number, news)
        case .kafka(let news): update(kafka: news)
        case .traces(let news): update(traces: news)
        case .metrics(let news): update(metrics: news)
        }
        return []
    }

    /// Brings rows, scrolling and wanted words up to date, in every pane in sight.
    package mutating func settle() -> [AppEffect] {
        var effects = enterPast() + wantPast()
        // Here and not by the view that lists them: they wake the console wherever it is.
        inbox.withdraw(now: now)
        index.refresh(fleet)
        refreshPresent()
        let focused = focus
        for place in panesInSight {
            focus = place
            effects += atOwnMoment { $0.settlePane() }
        }
        focus = focused
        arrangeStrip()
        effects += wishes.map { .send($0) }
        wishes = []
        effects += settleKafka()
        effects += settleTraces()
        effects += settleMetrics()
        effects += inPresent { $0.attend() }
        isSettled = true
        return effects
    }

    private mutating func settlePane() -> [AppEffect] {
        var effects: [AppEffect] = []
        view.feature.arrange(&self)
        effects += wantedQuestion()
        for id in view.runs where journals[id] == nil && fleet[id] != nil {
            journals[id] = Journal()
            effects.append(.send(.journal(id)))
        }
        let wanted = wantedWords().filter { words.ask($0) }
        if !wanted.isEmpty { effects.append(.send(.words(wanted))) }
        return effects
    }

    /// How many views the way back holds at most.
    static var routeMax: Int { 32 }

    /// Opens a view on top of the one in sight; opening one that is below goes back to it.
    mutating func show(_ new: Route) {
        helpTop = nil
        if let place = route.firstIndex(of: new) {
            pane.ahead += route[(place + 1)...].reversed()
            route.removeSubrange((place + 1)...)
        } else {
            pane.ahead = []
            route.append(new)
            if route.count > Self.routeMax { route.remove(at: 1) }
        }
        if let run = new.run, fleet[run] != nil { fleetView.selected = run }
    }

    mutating func end(_ reason: Ending = .quit) -> [AppEffect] {
        ending = reason
        return [.quit]
    }

    private mutating func update(terminal event: TerminalEvent) -> [AppEffect] {
        switch event {
        case .key(let key): return update(key: key)
        case .paste(let text):
            prompt?.input.insert(text)
            typed()
            return []
        case .resize(let size):
            self.size = size
            return []
        case .endRequested(let signal): return end(.signal(signal))
        case .inputClosed: return end(.inputClosed)
        case .mouse(let event): return update(mouse: event)
        case .focus(let isFocused):
            attention.focused(isFocused)
            return []
        case .resumed: return []
        }
    }

    private mutating func update(mouse event: MouseEvent) -> [AppEffect] {
        guard prompt == nil, confirmation == nil else { return [] }
        if event.action == .press { runView.hunt = nil }
        if let top = helpTop {
            helpTop = min(max(0, top + event.wheelRows), HelpView.topMax(self))
            return []
        }
        let layout = FrameLayout(self)
        if layout.strip.contains(event.point) || timeCursor?.isDragged == true {
            return update(strip: event, in: layout.strip)
        }
        switch event.action {
        case .press where layout.splitter.contains(event.point):
            split.isDragged = true
            return []
        case .drag where split.isDragged:
            split.percent = layout.percent(at: event.point, split.direction)
            return []
        case .release where split.isDragged:
            split.isDragged = false
            return []
        default: break
        }
        // The wheel and the click go to the pane under them; a click gives it the keys as well.
        let under = layout.bodies.firstIndex { $0.contains(event.point) }
        guard let place = under ?? (event.wheelRows == 0 ? nil : focus - panesInSight.lowerBound) else {
            return []
        }
        let focused = focus
        focus = panesInSight.lowerBound + place
        let effects = atOwnMoment { $0.view.feature.update(&$0, mouse: event, in: layout.bodies[place]) }
        if event.action != .press { focus = focused }
        return effects
    }

    private mutating func update(key: Key) -> [AppEffect] {
        // The selection's rows must be those that the key was pressed on.
        atOwnMoment { $0.view.feature.arrange(&$0) }
        if confirmation != nil { return answer(key) }
        if prompt != nil { return type(key) }
        if helpTop != nil { return scrollHelp(key) }
        if let purpose = habits.awaitsMark {
            takeMark(key, purpose)
            return []
        }
        guard let meaning = KeyMap.table(for: self).message(for: key) else { return [] }
        if case .steering = meaning {} else { notice = nil }
        if stopHunt(), case .app(.back) = meaning { return [] }
        switch meaning {
        case .app(let intent): return update(intent)
        case .replay(let message): return update(replay: message)
        default: return atOwnMoment { $0.update(feature: meaning) }
        }
    }

    /// Answers a key of a view.
    private mutating func update(feature meaning: KeyMeaning) -> [AppEffect] {
        switch meaning {
        case .app, .replay: return []
        case .fleet(let message):
            update(fleet: message)
            return []
        case .agents(let message): return update(agents: message)
        case .approvals(let message): return update(approvals: message)
        case .effects(let message): return update(effects: message)
        case .events(let message): return update(events: message)
        case .compare(let message): return update(compare: message)
        case .kafka(let message): return update(kafka: message)
        case .topic(let message): return update(topic: message)
        case .traces(let message): return update(traces: message)
        case .trace(let message): return update(trace: message)
        case .metrics(let message): return update(metrics: message)
        case .cost(let message): return update(cost: message)
        case .plan(let message): return update(plan: message)
        case .run(let message): return update(run: message)
        case .steering(let message): return update(steering: message)
        case .plugin(let name): return update(plugin: name)
        }
    }

    mutating func update(_ intent: AppIntent) -> [AppEffect] {
        switch intent {
        case .quit: return end()
        case .suspend: return [.suspend]
        case .help: helpTop = 0
        case .command: prompt = Prompt(.command, history: commandHistory)
        case .filter:
            guard let filter = view.feature.filter else { return [] }
            prompt = Prompt(.filter(before: self[keyPath: filter]), text: self[keyPath: filter])
        case .openPlan: if let run = selectedRun { show(.plan(run)) }
        case .openRun: if let run = selectedRun { show(.run(run)) }
        case .openSpan: openSpan()
        case .open(let name): open(name)
        case .split: toggleSplit()
        case .zoom: if panes.count > 1 { split.isZoomed.toggle() }
        case .otherPane: focusOtherPane()
        case .mark: awaitMark(.set)
        case .goToMark: awaitMark(.go)
        case .forward: goForward()
        case .needsMe:
            let effects = past == nil ? [] : leavePast()
            goToNeed()
            return effects
        case .start where connection.isLost: notice = Notice("Not started: the daemon is away.", .bad)
        case .start: prompt = Prompt(.command, text: "start ", history: commandHistory)
        case .time: return toggleTime()
        case .back:
            if export != nil {
                return stopExport()
            } else if past != nil {
                return leavePast()
            } else if walked != nil {
                walked = nil
            } else if strip != nil {
                strip = nil
            } else if case .metrics = view, metricsView.isDeep {
                return update(metrics: .closed)
            } else if let filter = view.feature.filter, !self[keyPath: filter].isEmpty {
                setFilter("")
            } else if route.count > 1 {
                pane.ahead.append(route.removeLast())
            }
        }
        return []
    }

    private mutating func answer(_ key: Key) -> [AppEffect] {
        guard let confirmation else { return [] }
        if key.code == .escape {
            self.confirmation = nil
            return []
        }
        guard case .character(let character) = key.code, key.modifiers == [],
            let choice = confirmation.choices.first(where: { $0.key == character })
        else { return [] }
        self.confirmation = nil
        return choice.effects + send(choice.commands)
    }

    private mutating func type(_ key: Key) -> [AppEffect] {
        guard var prompt else { return [] }
        // Ctrl-C leaves the line as it does in a shell.
        let outcome = key == Key("c", .control) ? .cancelled : prompt.input.handle(key)
        self.prompt = prompt
        switch outcome {
        case .changed: typed()
        case .submitted(let text):
            self.prompt = nil
            return submit(prompt.purpose, text)
        case .cancelled:
            self.prompt = nil
            if case .filter(let before) = prompt.purpose { setFilter(before) }
        case .completionRequested:
            guard prompt.purpose == .command, let word = completion(of: prompt.input) else { return [] }
            self.prompt?.input.complete(with: word)
        case .ignored: break
        }
        return []
    }

    /// The filter shows what it does while it is typed.
    private mutating func typed() {
        guard let prompt, case .filter = prompt.purpose else { return }
        setFilter(prompt.input.text)
    }

    /// Gives the list in sight another filter.
    mutating func setFilter(_ text: String) {
        guard let filter = view.feature.filter else { return }
        self[keyPath: filter] = text
        view.feature.arrange(&self)
    }

    private mutating func scrollHelp(_ key: Key) -> [AppEffect] {
        switch key.code {
        case .down, .character("j"): helpTop = min((helpTop ?? 0) + 1, HelpView.topMax(self))
        case .up, .character("k"): helpTop = max(0, (helpTop ?? 0) - 1)
        case .pageDown: helpTop = min((helpTop ?? 0) + size.rows / 2, HelpView.topMax(self))
        case .pageUp: helpTop = max(0, (helpTop ?? 0) - size.rows / 2)
        case .character("c") where key.modifiers == .control: return end()
        default: helpTop = nil
        }
        return []
    }
}

extension TerminalEvent {
    /// Whether it is about something that is in sight.
    fileprivate var isAimed: Bool {
        switch self {
        case .key, .paste, .mouse: true
        case .resize, .endRequested, .inputClosed, .focus, .resumed: false
        }
    }
}
