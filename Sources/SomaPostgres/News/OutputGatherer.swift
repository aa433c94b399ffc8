import SomaCore
import SomaEngine

/// Output that is to be told: little of each effect, of a few effects, whatever they print meanwhile.
struct OutputGatherer {
    /// The most bytes of one effect that are told at a time: with the names around them and in base 64 they fit into a
    /// notification, which holds 8,000.
    static let bytesMax = 5400
    /// The most effects that are told of at a time.
    static let effectsMax = 64

    private struct Name: Hashable {
        let run: RunID
        let effect: Int
    }

    private var pieces: [Name: [UInt8]] = [:]
    private var order: [Name] = []

    /// Takes a piece in. Of what is too much the latest is kept, since that is what a live line shows.
    mutating func add(_ output: EventHub.Output) {
        let name = Name(run: output.run, effect: output.effect)
        guard !output.bytes.isEmpty else { return }
        if pieces[name] == nil {
            guard order.count < Self.effectsMax else { return }
            order.append(name)
        }
        pieces[name, default: []] += output.bytes.suffix(Self.bytesMax)
        let over = (pieces[name]?.count ?? 0) - Self.bytesMax
        if over > 0 { pieces[name]?.removeFirst(over) }
    }

    /// What was gathered, effects in the order in which they began to print.
    mutating func take() -> [EventHub.Output] {
        defer { (pieces, order) = ([:], []) }
        return order.map { EventHub.Output(run: $0.run, effect: $0.effect, bytes: pieces[$0] ?? []) }
    }
}
