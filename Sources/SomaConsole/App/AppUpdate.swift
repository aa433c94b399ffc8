package import SomaCore
import SomaTerminal

extension AppState {
    /// Takes in what happened and says what the shell has to do about it.
    ///
    /// Pure but for the state itself. Call `settle` before drawing: it brings what is derived up to date, once for
    /// any number of messages.
    /// - Parameters:
    ///   - message: What happened.
    ///   - now: The wall's time.
    package mutating func update(_ message: AppMessage, now: Timestamp) -> [AppEffect] {
        self.now = now
        switch message {
        case .terminal(let event): return update(terminal: event)
        case .source(let news): return update(source: news)
        case .tick:
            forgetLag()
            return playOn()
        }
    }

    /// Brings rows, scrolling and wanted words up to date.
    package mutating func settle() -> [AppEffect] {
        switch view {
        case .fleet: arrangeFleet()
        case .plan:
            arrangePlan()
            readGraph(of: planView.shown)
        case .run:
            arrangePlan()
            arrangeRun()
        }
        arrangeStrip()
        var effects: [AppEffect] = []
        if let id = view.run, journals[id] == nil, fleet[id] != nil {
            journals[id] = Journal()
            effects.append(.send(.journal(id)))
        }
        let wanted = wantedWords().filter { words.ask($0) }
        if !wanted.isEmpty { effects.append(.send(.words(wanted))) }
        return effects
    }

    /// Opens a view on top of the one in sight; opening one that is below goes back to it.
    mutating func show(_ new: Route) {
        helpTop = nil
        if new.run != view.run { closeStrip() }
        if let place = route.firstIndex(of: new) {
            route.removeSubrange((place + 1)...)
        } else {
            route.append(new)
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
        case .focus, .resumed: return []
        }
    }

    private mutating func update(mouse event: MouseEvent) -> [AppEffect] {
        guard prompt == nil, confirmation == nil else { return [] }
        let rows: Int
        switch event.action {
        case .scrollUp: rows = -3
        case .scrollDown: rows = 3
        default: return []
        }
        if let top = helpTop {
            helpTop = max(0, top + rows)
            return []
        }
        switch view {
        case .fleet: update(fleet: .moved(rows))
        case .run: return update(run: .moved(rows))
        case .plan: return update(plan: .scrolled(rows))
        }
        return []
    }

    private mutating func update(key: Key) -> [AppEffect] {
        // The selection's rows must be those that the key was pressed on.
        if case .fleet = view { arrangeFleet() }
        if confirmation != nil { return answer(key) }
        if prompt != nil { return type(key) }
        if helpTop != nil { return scrollHelp(key) }
        guard let meaning = KeyMap.table(for: self).message(for: key) else { return [] }
        if case .steering = meaning {} else { notice = nil }
        switch meaning {
        case .app(let intent): return update(intent)
        case .fleet(let message):
            update(fleet: message)
            return []
        case .plan(let message): return update(plan: message)
        case .run(let message): return update(run: message)
        case .replay(let message): return update(replay: message)
        case .steering(let message): return update(steering: message)
        }
    }

    private mutating func update(_ intent: AppIntent) -> [AppEffect] {
        switch intent {
        case .quit: return end()
        case .suspend: return [.suspend]
        case .help: helpTop = 0
        case .command: prompt = Prompt(.command, history: commandHistory)
        case .filter: prompt = Prompt(.filter(before: fleetView.filter), text: fleetView.filter)
        case .openPlan: if let run = view.run ?? fleetView.selected { show(.plan(run)) }
        case .openRun: if let run = view.run ?? fleetView.selected { show(.run(run)) }
        case .needsMe: goToWhoNeedsMe()
        case .time: strip == nil ? openStrip() : closeStrip()
        case .back:
            if walked != nil {
                walked = nil
            } else if strip != nil {
                strip = nil
            } else if route.count > 1 {
                route.removeLast()
                if view.run != walked?.run { closeStrip() }
                arrangeFleet(force: true)
            } else if !fleetView.filter.isEmpty {
                fleetView.filter = ""
                arrangeFleet(force: true)
            }
        }
        return []
    }

    /// The longest waiting first; from one that waits, the next.
    private mutating func goToWhoNeedsMe() {
        let waiting = fleet.needingPerson
        guard let first = waiting.first else {
            notice = Notice("Nobody needs you.", .good)
            return
        }
        let current = waiting.firstIndex { $0.id == fleetView.selected }
        let next = current.map { waiting[($0 + 1) % waiting.count] } ?? first
        route = [.fleet]
        closeStrip()
        select(next.id)
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
        return choice.command.map { send($0) } ?? []
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
            if case .filter(let before) = prompt.purpose {
                fleetView.filter = before
                arrangeFleet(force: true)
            }
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
        fleetView.filter = prompt.input.text
        arrangeFleet(force: true)
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
