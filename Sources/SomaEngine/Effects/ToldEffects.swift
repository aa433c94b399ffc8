import SomaCore

/// Performs effects as another handler does, and tells elsewhere what they print meanwhile.
package struct ToldEffects: EffectHandler {
    private let handler: any EffectHandler
    private let tell: @Sendable (EventHub.Output) -> Void

    /// - Parameter tell: Is told from whichever thread something is printed on; it must not wait.
    package init(_ handler: any EffectHandler, tell: @escaping @Sendable (EventHub.Output) -> Void) {
        (self.handler, self.tell) = (handler, tell)
    }

    package func perform(
        _ call: EffectCall,
        emit: @escaping @Sendable ([UInt8]) -> Void
    ) async -> EffectResult {
        let (run, effect, tell) = (call.run.id, call.effect, tell)
        return await handler.perform(call) { bytes in
            emit(bytes)
            tell(EventHub.Output(run: run, effect: effect, bytes: bytes))
        }
    }

    package func outlives(_ kind: EffectRequest.Kind, _ name: String) -> Bool { handler.outlives(kind, name) }

    package func abandoned(_ call: EffectCall) async { await handler.abandoned(call) }
}
