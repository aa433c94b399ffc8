import SomaCore

/// Lines that are typed at the bottom to change a run.
extension AppState {
    /// Takes a line typed at the bottom.
    mutating func submit(_ purpose: Prompt.Purpose, _ text: String) -> [AppEffect] {
        switch purpose {
        case .command: return run(command: text)
        case .time: return go(toTime: text)
        case .filter:
            view.feature.arrange(&self)
            return []
        case .reject(let run, let question):
            guard text.contains(where: { !$0.isWhitespace }) else {
                notice = Notice("Not rejected: say why, so that the run can do better.", .bad)
                return []
            }
            return send(ConsoleCommand(run, .reject(question: question, message: text)))
        case .answer(let run, let question):
            guard !text.isEmpty else {
                notice = Notice("Not answered: the answer is empty.", .bad)
                return []
            }
            return send(ConsoleCommand(run, .answer(question: question, text: text)))
        case .edit(let run, let question):
            do throws(JSONError) {
                _ = try JSON.parse(text)
            } catch {
                notice = Notice("Not approved: the arguments are not JSON (\(error)).", .bad)
                return []
            }
            return send(ConsoleCommand(run, .approve(question: question, arguments: text)))
        case .budget(let run, let dimension): return submitBudget(run, dimension, text)
        }
    }

    // MARK: Budget

    /// Asks for a limit: the one that is used up, else the first that there is, else money.
    mutating func askForBudget(_ run: RunState) {
        let usedUp = inbox.needs(of: run.id).compactMap(\.dimension).first
        let limits = run.budget.limits
        let first = Budget.Dimension.allCases.first { limits[$0] != nil }
        let dimension = usedUp ?? first ?? .microdollars
        // Twice as much is what people mean most often; they see it before they send it.
        let suggested = limits[dimension].map { BudgetText.write($0.addingClamped($0), dimension) } ?? ""
        prompt = Prompt(.budget(run.id, dimension), text: suggested)
    }

    private mutating func submitBudget(_ run: RunID, _ dimension: Budget.Dimension, _ text: String)
        -> [AppEffect]
    {
        guard let amount = BudgetText.read(text, dimension) else {
            notice = Notice("Not changed: \(BudgetText.example(dimension)).", .bad)
            return []
        }
        return sendBudget(run, dimension, amount)
    }

    private mutating func sendBudget(_ run: RunID, _ dimension: Budget.Dimension, _ amount: Int)
        -> [AppEffect]
    {
        if let state = fleet[run], let used = state.budget.used(dimension), amount <= used {
            let said = BudgetText.write(used, dimension)
            notice = Notice("Not changed: \(said) are used already; give more in all.", .bad)
            return []
        }
        return send(ConsoleCommand(run, .budget(Limits(amount, dimension))))
    }

    /// Carries out `:budget [RUN] AMOUNT`: `:budget $2.50`, `:budget 7f3a 400 steps`.
    mutating func budget(command argument: String) -> [AppEffect] {
        var words = argument.split(separator: " ").map(String.init)
        var target = steered
        if words.count > 1, BudgetText.parse(words) == nil {
            let runs = fleet.runs(prefix: words.removeFirst())
            target = runs.count == 1 ? runs.first : nil
        }
        guard let run = target, let (dimension, amount) = BudgetText.parse(words) else {
            notice = Notice(
                "Name a run and what it may use in all: budget $2.50, or budget RUN 400 steps, 50k tokens, 20m.",
                .bad
            )
            return []
        }
        return sendBudget(run.id, dimension, amount)
    }

    // MARK: Start

    /// Carries out `:start [@ROLE] GOAL`.
    mutating func start(command argument: String) -> [AppEffect] {
        guard !isReadOnly, replay == nil || past != nil else {
            notice = Notice(
                isReadOnly ? "This console only reads." : "Nothing can be started in a recording.",
                .bad
            )
            return []
        }
        var goal = argument
        var role: String?
        if argument.hasPrefix("@") {
            let parts = argument.dropFirst().split(separator: " ", maxSplits: 1).map(String.init)
            role = parts.first
            goal = parts.count > 1 ? parts[1] : ""
        }
        guard goal.contains(where: { !$0.isWhitespace }) else {
            notice = Notice(
                "Say what is to be reached: start check this host, or start @coder fix the test.",
                .bad
            )
            return []
        }
        if let role, let roles = daemon?.roles, !roles.isEmpty, !roles.contains(role) {
            notice = Notice("There is no role \"\(role)\"; there are \(roles.joined(separator: ", ")).", .bad)
            return []
        }
        return send(.start(StartWish(goal: goal, role: role, workspace: workspace)))
    }
}
