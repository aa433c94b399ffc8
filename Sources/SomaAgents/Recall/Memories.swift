package import SomaCore
package import SomaEngine

/// Performs the memory tools on the store.
package struct Memories: Sendable {
    let store: any EventStore
    let now: @Sendable () -> Timestamp

    package init(store: any EventStore, now: @escaping @Sendable () -> Timestamp) {
        self.store = store
        self.now = now
    }

    /// Recalls or remembers.
    package func perform(_ call: EffectCall, _ arguments: JSON) async -> EffectResult {
        let workspace = call.run.document["workspace"]?.string ?? ""
        do throws(StoreError) {
            return call.name == MemoryTools.recall.name
                ? try await recall(arguments, workspace)
                : try await remember(arguments, workspace, call.run.id)
        } catch {
            return AgentEffects.failure(error.description, isRetryable: error.kind == .unavailable)
        }
    }

    private func recall(_ arguments: JSON, _ workspace: String) async throws(StoreError) -> EffectResult {
        let limit = min(max(arguments["limit"]?.int ?? 5, 1), 20)
        let memories = try await store.recall(
            arguments["query"]?.string ?? "",
            workspace: workspace,
            limit: limit
        )
        let list = memories.map { memory -> JSON in
            [
                "title": .string(memory.title), "text": .string(ModelPrompt.cut(memory.text, 4096)),
                "run": .string(memory.run.short), "at": .string(memory.at.description),
            ]
        }
        let text =
            memories.isEmpty
            ? "Nothing was committed on this workspace that fits."
            : memories.map { "\($0.title)\n\(ModelPrompt.cut($0.text, 4096))" }.joined(separator: "\n\n")
        let output: JSON = ["count": JSON(memories.count), "memories": .array(list)]
        return EffectResult(
            succeeded: true,
            words: Words(json: ["text": .string(text), "output": output]),
            detail: ["count": JSON(memories.count)]
        )
    }

    private func remember(_ arguments: JSON, _ workspace: String, _ run: RunID) async throws(StoreError)
        -> EffectResult
    {
        let title = arguments["title"]?.string ?? ""
        let text = arguments["text"]?.string ?? ""
        guard !title.isEmpty, !text.isEmpty else {
            return AgentEffects.failure("A memory needs a title and a text.", status: "invalid_arguments")
        }
        try await store.remember(Memory(run: run, workspace: workspace, at: now(), title: title, text: text))
        return EffectResult(
            succeeded: true,
            words: Words(json: ["text": .string("Remembered: \(title)"), "output": ["title": .string(title)]]
            ),
            detail: ["bytes": JSON(text.utf8.count)]
        )
    }
}
