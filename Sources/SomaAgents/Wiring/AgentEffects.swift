package import SomaCore
package import SomaEngine
import Synchronization

/// Performs what runs ask for: tools within the role's scope, memory, and models.
///
/// The scope is that of the role that the run is *pinned* to, read from the run's own words: what a prompt or a
/// plan says about it makes no difference here.
package struct AgentEffects: EffectHandler {
    /// What it is made with.
    package struct Settings: Sendable {
        /// The limits of tools.
        package var policy = ToolPolicy()
        /// The most bytes of a result that are kept.
        package var resultBytesMax = 256 << 10
        /// What of the traces is exported; `nil` where none are, and then nobody who is asked hears of one.
        package var traces: TraceSampling?

        package init() {}
    }

    private let registry: ToolRegistry
    private let store: any EventStore
    private let model: (any ModelProvider)?
    private let settings: Settings
    private let now: @Sendable () -> Timestamp
    private let roles = PinnedRoles()

    /// Creates a handler.
    ///
    /// - Parameters:
    ///   - registry: The tools there are.
    ///   - store: Where memories are.
    ///   - model: What answers model calls; `nil` where none is configured.
    ///   - now: The time that memories are dated with.
    package init(
        registry: ToolRegistry,
        store: any EventStore,
        model: (any ModelProvider)? = nil,
        settings: Settings = Settings(),
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.registry = registry
        self.store = store
        self.model = model
        self.settings = settings
        self.now = now
    }

    package func perform(
        _ call: EffectCall,
        emit: @escaping @Sendable ([UInt8]) -> Void
    ) async -> EffectResult {
        guard let role = roles.role(of: call, tools: registry.specifications) else {
            return Self.refusal(
                "The role that this run is pinned to can't be read, so nothing can be allowed to it."
            )
        }
        switch call.kind {
        case .tool: return await tool(call, role, emit)
        case .model: return await ask(call, role, emit)
        }
    }

    // MARK: - Tools

    private func tool(
        _ call: EffectCall,
        _ role: Role,
        _ emit: @escaping @Sendable ([UInt8]) -> Void
    ) async -> EffectResult {
        guard role.allows(tool: call.name) else {
            return Self.refusal("The role \(role.name) may not use the tool \(String(call.name.prefix(80))).")
        }
        if role.approvals[call.name] != nil, call.run.request(call.effect)?.detail["approved"] == nil {
            return Self.refusal("A call to \(call.name) needs a person's approval, and this one has none.")
        }
        guard let arguments = call.arguments.json else {
            return Self.failure("The arguments of \(call.name) are no JSON.", status: "invalid_arguments")
        }
        if MemoryTools.names.contains(call.name) {
            return await Memories(store: store, now: now).perform(call, arguments)
        }
        var policy = settings.policy
        policy.timeout = min(policy.timeout ?? call.timeout, call.timeout)
        policy.outputBytesMax = min(policy.outputBytesMax, settings.resultBytesMax)
        // For programs in the sandbox alone: an address that an agent may reach is not to learn who calls.
        if let context = context(of: call) {
            policy.environment["TRACEPARENT"] = context.traceparent
            if !context.state.isEmpty { policy.environment["TRACESTATE"] = context.state }
        }
        let workspace = call.run.document["workspace"]?.string ?? ""
        let context = ToolContext(
            workspace: workspace.isEmpty ? nil : workspace,
            policy: policy,
            idempotencyKey: call.idempotencyKey,
            emit: { emit($0.bytes) }
        )
        return result(await registry.call(call.name, arguments, context))
    }

    /// Where in its trace a call stands; `nil` where no traces are exported.
    private func context(of call: EffectCall) -> TraceContext? {
        settings.traces.flatMap { call.run.traceContext(ofEffect: call.effect, $0) }
    }

    private func result(_ result: ToolResult) -> EffectResult {
        var kept: JSONObject = ["text": .string(result.text)]
        if result.output != .object([:]) { kept["output"] = result.output }
        if let exit = result.exitStatus { kept["exit"] = JSON(exit) }
        if result.truncated { kept["truncated"] = true }
        var words = Words(json: .object(kept))
        var isCut = result.truncated
        if words.bytes.count > settings.resultBytesMax {
            // Structure that doesn't fit is left out as a whole: half of it would be taken for all of it.
            isCut = true
            kept["truncated"] = true
            kept["text"] = .string(ModelPrompt.cut(result.text, settings.resultBytesMax / 4))
            if (kept["output"]?.bytes().count ?? 0) > settings.resultBytesMax / 2 {
                kept["output"] = ["truncated": true]
            }
            words = Words(json: .object(kept))
        }
        var detail: JSONObject = ["bytes": JSON(words.bytes.count)]
        if let exit = result.exitStatus { detail["exit"] = JSON(exit) }
        if isCut { detail["truncated"] = true }
        return EffectResult(
            succeeded: !result.isError,
            status: Self.status(result.failure),
            isRetryable: result.failure == .timedOut,
            words: words,
            detail: detail
        )
    }

    private static func status(_ failure: ToolResult.Failure?) -> String {
        switch failure {
        case nil: "ok"
        case .timedOut: "timeout"
        case .refused: "refused"
        case .cancelled: "cancelled"
        case .failed: "error"
        case .some(let failure): failure.rawValue
        }
    }

    static func refusal(_ text: String) -> EffectResult { failure(text, status: "refused") }

    static func failure(_ text: String, status: String = "error", isRetryable: Bool = false) -> EffectResult {
        EffectResult(
            succeeded: false,
            status: status,
            isRetryable: isRetryable,
            words: Words(json: ["text": .string(text)])
        )
    }

    // MARK: - Models

    private func ask(
        _ call: EffectCall,
        _ role: Role,
        _ emit: @escaping @Sendable ([UInt8]) -> Void
    ) async -> EffectResult {
        guard let model else {
            return Self.failure(
                "No model is configured any more. Set SOMA_MODEL_URL and SOMA_MODEL, then resume the run."
            )
        }
        let pinned = { (name: String) in call.library[call.run.pins[name].flatMap { ContentID($0) }] }
        let prompt = ModelPrompt(
            call.arguments.json ?? .object([:]),
            RunNotes(call.run, call.library),
            role,
            prompt: pinned("prompts")?.text ?? "",
            tools: registry.specifications
        )
        var request = prompt.call(call.name, timeout: call.timeout)
        request.caller = context(of: call)
        let choice = pinned("inputs")?.json?["model"].flatMap { try? $0.decode(ModelChoice.self) }
        let bill = ModelBill(request, provider: model.name, price: choice?.price)
        do throws(ModelError) {
            let reply = try await model.complete(request) { emit(Array($0.utf8)) }
            return EffectResult(
                succeeded: true,
                words: Words(json: reply.json),
                detail: bill.detail(reply),
                usage: bill.usage(reply)
            )
        } catch {
            var result = Self.failure(
                error.description,
                status: error.kind == .cancelled
                    ? "cancelled" : error.kind == .timedOut ? "timeout" : "error",
                isRetryable: error.isRetryable
            )
            result.retryAfter = error.retryAfter
            if let received = error.received {
                result.detail = bill.detail(received)
                result.usage = bill.usage(received)
            }
            return result
        }
    }
}

/// The roles that runs are pinned to, read once each.
private final class PinnedRoles: Sendable {
    private let roles = Mutex<[String: Role]>([:])
    private static let countMax = 256

    func role(of call: EffectCall, tools: [ToolSpecification]) -> Role? {
        guard let pin = call.run.pins["role"] else { return nil }
        let key = "\(call.run.role)/\(pin)"
        if let role = roles.withLock({ $0[key] }) { return role }
        guard let words = call.library[ContentID(pin)],
            let role = PinnedRole.read(words, name: call.run.role, tools: tools)
        else {
            return nil
        }
        roles.withLock { roles in
            if roles.count >= Self.countMax { roles.removeAll() }
            roles[key] = role
        }
        return role
    }
}
