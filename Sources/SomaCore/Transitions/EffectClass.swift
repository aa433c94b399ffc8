/// What may be done with an effect whose result a crash has swallowed.
public enum EffectClass: String, Sendable, Hashable, Codable, CaseIterable {
    /// Changes nothing outside: repeated after a crash.
    case read
    /// A model call: repeated after a crash, and charged again.
    case model
    /// Repeated after a crash under the same key (`run/seq`), which makes the repetition harmless.
    case idempotent
    /// Never repeated: without a result it is *in doubt* until a late result or a person settles it.
    case once

    /// Whether a call without a result may be made again without asking.
    public var mayRepeat: Bool { self != .once }
}
