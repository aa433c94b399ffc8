/// Words for the codes with which runs end, where nothing else says why. The log keeps the codes.
public enum ReasonWords {
    private static let known = [
        "step.failed": "a step of its plan failed",
        "step.rejected": "a step's result was judged and rejected",
        "step.unable": "a step of its plan can't be done",
        "verify.rejected": "what it did was judged as a whole and rejected",
        "plan.outdated": "its plan no longer fits what there is",
        "plan.exhausted": "its plan was made anew too often",
        "model.plan": "the model made no plan that can be followed",
        "model.missing": "it needs a model, and none is set up",
        "model.failed": "the model didn't answer",
        "tool.unknown": "it needs a tool that isn't there any more",
        "state.call": "its notes name no call",
        "graph.node": "its graph leads to a node that isn't there",
        "graph.subgraph": "its graph names a graph that isn't there",
    ]

    /// What a code says; any other reason is in words already, and stays as it is.
    public static func text(_ reason: String) -> String { known[reason] ?? reason }
}

extension RunState {
    /// ``statusReason`` for a person.
    public var reasonWords: String { ReasonWords.text(statusReason) }
}

extension RunDocument {
    /// Why a run ended as it did, for a person: what it said itself, or what its code means; empty where neither is there.
    package var endingWords: String { outcome ?? ReasonWords.text(statusReason) }
}
