import SomaCore

extension AppState {
    /// The words that what is in sight, or what the person looks for, needs.
    func wantedWords() -> [ContentID] {
        var ids = view.feature.wantedWords(self)
        if let run = steered { ids += wordsOfDetail(run) }
        return ids.compactMap { $0 }
    }

    private func wordsOfDetail(_ run: RunState) -> [ContentID?] {
        // The graph too, so that it is here when its view is opened.
        var ids = [run.goal, run.plan.words, run.graphPin, run.outcome]
        if let request = run.openQuestion { ids.append(request.arguments) }
        if let doubt = run.doubt { ids.append(doubt.arguments) }
        return ids
    }

    func wordsOfPlan() -> [ContentID?] {
        guard let run = planView.shown else { return [] }
        var ids = [run.graphPin, run.goal, run.plan.words, run.verdict?.evidence, run.outcome]
        ids += run.activations.flatMap(\.requests).map(\.arguments)
        ids += fleet.children(of: run.id).map(\.goal)
        ids.append(planView.lastFact)
        ids += planView.lastTrouble?.content.map(\.id) ?? []
        return ids
    }
}
