import SomaCore

/// What a call to a model used: by the provider's count, or by an estimate where it gives none.
struct ModelBill {
    private let request: ModelCall
    private let provider: String
    private let price: ModelPrice?

    init(_ request: ModelCall, provider: String, price: ModelPrice?) {
        self.request = request
        self.provider = provider
        self.price = price
    }

    /// The tokens and their price; also for an answer that broke off, which the provider charges for.
    func usage(_ reply: ModelReply) -> Usage {
        Usage(
            tokens: input(reply).addingClamped(output(reply)),
            microdollars: price?.microdollars(input: input(reply), output: output(reply)) ?? 0
        )
    }

    /// The facts that are kept beside the result and counted in metrics.
    func detail(_ reply: ModelReply) -> JSONObject {
        var detail: JSONObject = [
            "input": JSON(input(reply)), "output": JSON(output(reply)), "provider": .string(provider),
            "provenance": .string(
                reply.inputTokens == nil || reply.outputTokens == nil ? "estimated" : "provider"
            ),
            "finish": .string(reply.finish.rawValue),
        ]
        if price == nil { detail["priced"] = false }
        if let model = reply.model { detail["model"] = .string(String(model.prefix(100))) }
        return detail
    }

    private func input(_ reply: ModelReply) -> Int { reply.inputTokens ?? request.inputTokensEstimate }

    private func output(_ reply: ModelReply) -> Int {
        reply.outputTokens
            ?? (reply.text.utf8.count + reply.calls.reduce(0) { $0 + $1.arguments.utf8.count }) / 4
    }
}
