import SomaCore
package import SomaEngine

/// Reads what earlier runs on the same workspace committed.
package struct RecallNode: Node {
    let mind: Cognition
    /// How many memories are asked for.
    static let limit = 5

    package func step(_ visit: NodeVisit) -> NodeStep {
        guard visit.run.document["recalled"] == nil else { return .leave(CognitionGraph.Label.recalled) }
        guard let answer = visit.answers.first else {
            let goal = visit.library[visit.run.goal]?.text ?? ""
            let arguments: JSON = ["query": .string(String(goal.prefix(500))), "limit": JSON(Self.limit)]
            return .ask(.effect(mind.effect(MemoryTools.recall, arguments)))
        }
        // A run does its work without memories too: where they can't be read, there are none.
        let output = answer.state == .succeeded ? visit.library[answer.result]?.json?["output"] : nil
        let recalled = output ?? ["count": 0, "memories": []]
        var update = Update()
        update.words = [("recalled", Words(json: recalled))]
        if let count = recalled["count"]?.int, count > 0 {
            let titles = recalled["memories"]?.array?.compactMap { $0["title"]?.string } ?? []
            let words = Words("Recalled: " + titles.joined(separator: "; "))
            update.facts = [.init(name: "recalled", value: JSON(count), words: words)]
        }
        return .leave(CognitionGraph.Label.recalled, update)
    }
}
