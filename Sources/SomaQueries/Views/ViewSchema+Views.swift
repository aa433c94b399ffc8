extension ViewSchema {
    static let runs = View(
        "runs",
        "One row a run.",
        [
            Column("run", "TEXT", "its id"),
            Column("parent", "TEXT", "the run that delegated it"),
            Column("depth", "INTEGER", "how many runs are above it"),
            Column("role", "TEXT", "the role of its agent"),
            Column("tenant", "TEXT", "the customer or team"),
            Column("subject", "TEXT", "the person whose data its words are"),
            Column("conversation", "TEXT", "the conversation that it answers a message of"),
            Column("forked_from", "TEXT", "the run that it was forked from"),
            Column("forked_at", "INTEGER", "the last seq that it shares with that run"),
            Column("graph", "TEXT", "the name of its graph"),
            Column("status", "TEXT", "running, paused, completed, failed or cancelled"),
            Column("reason", "TEXT", "why it is paused, failed or cancelled: a word or a code"),
            Column(
                "waits_for",
                "TEXT",
                "what it waits for: person, doubt, budget, pause, tool, model, child, timer"
            ),
            Column("started_at", "TEXT", "when it started"),
            Column("ended_at", "TEXT", "when it ended"),
            Column("last_at", "TEXT", "when its last transition was decided"),
            Column("seconds", "REAL", "from its start to its end, or to its last transition"),
            Column("worked_seconds", "REAL", "the same without pauses and waits for people"),
            Column("transitions", "INTEGER", "how many transitions were read"),
            Column("model_calls", "INTEGER", "calls to models that it asked for"),
            Column("tool_calls", "INTEGER", "calls to tools that it asked for"),
            Column("failed_calls", "INTEGER", "calls that ended badly, all tries included"),
            Column("questions", "INTEGER", "questions put to a person"),
            Column("delegations", "INTEGER", "runs that it delegated"),
            Column("replans", "INTEGER", "plans after the first"),
            Column("recoveries", "INTEGER", "times that it was taken up again after a crash"),
            Column("self_steps", "INTEGER", "nodes that it entered itself"),
            Column("self_tokens", "INTEGER", "tokens that it used itself"),
            Column("self_microdollars", "INTEGER", "what it cost itself"),
            Column("self_usd", "REAL", "the same in dollars"),
            Column("subtree_tokens", "INTEGER", "tokens of it and all runs below it"),
            Column("subtree_microdollars", "INTEGER", "what it and all runs below it cost"),
            Column("subtree_usd", "REAL", "the same in dollars"),
            Column(
                "spent_tokens",
                "INTEGER",
                "what its budget counts as spent: also by children that ended, and before a fork"
            ),
            Column("spent_microdollars", "INTEGER", "likewise"),
            Column("spent_steps", "INTEGER", "likewise"),
            Column("reserved_microdollars", "INTEGER", "what is set aside for calls and children under way"),
            Column("limit_tokens", "INTEGER", "the most that it may use; NULL: no limit"),
            Column("limit_microdollars", "INTEGER", "likewise"),
            Column("limit_steps", "INTEGER", "likewise"),
            Column("limit_seconds", "INTEGER", "likewise, time at work"),
            Column("goal", "TEXT", "the words of its goal, where they are at hand"),
            Column("outcome", "TEXT", "the words of its outcome or error, where they are at hand"),
        ]
    )

    static let transitions = View(
        "transitions",
        "One row a transition: everything that happened, as it is stored.",
        [
            Column("run", "TEXT", "the run"),
            Column("seq", "INTEGER", "its place in the run, from 1"),
            Column("at", "TEXT", "when it was decided"),
            Column("kind", "TEXT", "node.entered, effect.finished, …: docs/reference/transitions.md"),
            Column("role", "TEXT", "the role of the run's agent"),
            Column("node", "TEXT", "the node of the graph"),
            Column("attempt", "INTEGER", "which try of the effect, from 1"),
            Column("cause", "INTEGER", "the seq that led here"),
            Column("tenant", "TEXT", "the customer or team"),
            Column("trace", "TEXT", "the trace's id"),
            Column("span", "TEXT", "the span's id"),
            Column("body", "TEXT", "the kind's own members, JSON: json_extract(body, '$.outcome')"),
            Column("content", "TEXT", "the names of its words, JSON: {\"result\":\"9f86…\"}"),
        ]
    )

    static let effects = View(
        "effects",
        "One row a call to a tool or a model.",
        [
            Column("run", "TEXT", "the run"),
            Column("seq", "INTEGER", "the seq of its effect.requested"),
            Column("kind", "TEXT", "tool or model"),
            Column("name", "TEXT", "the tool or model"),
            Column("class", "TEXT", "what a crash may do to it: read, model, idempotent, once"),
            Column("node", "TEXT", "the node that asked for it"),
            Column("role", "TEXT", "the role of the run's agent"),
            Column("tenant", "TEXT", "the customer or team"),
            Column("conversation", "TEXT", "the run's conversation"),
            Column("state", "TEXT", "requested, started, retrying, in-doubt, succeeded, failed, abandoned"),
            Column("status", "TEXT", "how it ended, in a word: ok, error, timeout, cancelled, …"),
            Column("tries", "INTEGER", "how often it was started"),
            Column("requested_at", "TEXT", "when it was asked for"),
            Column("started_at", "TEXT", "when its last try began"),
            Column("ended_at", "TEXT", "when its last try ended"),
            Column("seconds", "REAL", "how long its last try took, by the clock of who made it"),
            Column("tokens", "INTEGER", "what it was charged, all tries"),
            Column("microdollars", "INTEGER", "likewise"),
            Column("usd", "REAL", "likewise, in dollars"),
            Column("arguments", "TEXT", "the name of the words that it was called with"),
            Column("result", "TEXT", "the name of the words that it answered"),
            Column("detail", "TEXT", "facts about its end, JSON: exit status, counts"),
        ]
    )

    static let models = View(
        "models",
        "One row a call to a model: the rows of effects whose kind is model.",
        [
            Column("run", "TEXT", "the run"),
            Column("seq", "INTEGER", "the seq of its effect.requested"),
            Column("model", "TEXT", "the model that was asked for"),
            Column("answered_by", "TEXT", "the model that the provider says answered"),
            Column("provider", "TEXT", "the provider"),
            Column("role", "TEXT", "the role of the run's agent"),
            Column("tenant", "TEXT", "the customer or team"),
            Column("conversation", "TEXT", "the run's conversation"),
            Column("node", "TEXT", "the node that asked for it"),
            Column("at", "TEXT", "when it was asked for"),
            Column("state", "TEXT", "as in effects"),
            Column("status", "TEXT", "as in effects"),
            Column("tries", "INTEGER", "how often it was started"),
            Column("seconds", "REAL", "how long its last try took"),
            Column("finish", "TEXT", "why the answer ended: stop, length, …"),
            Column("input", "INTEGER", "tokens that went in"),
            Column("output", "INTEGER", "tokens that came out"),
            Column("tokens", "INTEGER", "tokens that were charged"),
            Column("microdollars", "INTEGER", "what it cost"),
            Column("usd", "REAL", "the same in dollars"),
            Column(
                "provenance",
                "TEXT",
                "how the amounts are known: measured, reported, estimated, unstated"
            ),
            Column("priced", "INTEGER", "0 where no price is known for the model: then it counts as free"),
            Column("late", "INTEGER", "1 where it was charged after it had been given up"),
        ]
    )

    static let facts = View(
        "facts",
        "One row a fact that a run observed.",
        [
            Column("run", "TEXT", "the run"),
            Column("seq", "INTEGER", "the seq of its fact.observed"),
            Column("at", "TEXT", "when"),
            Column("role", "TEXT", "the role of the run's agent"),
            Column("node", "TEXT", "the node"),
            Column("name", "TEXT", "what it is about"),
            Column("value", "TEXT", "what was observed, JSON"),
            Column("count", "INTEGER", "how many facts the row stands for"),
            Column("words", "TEXT", "the name of its words"),
        ]
    )

    static let interrupts = View(
        "interrupts",
        "One row a question put to a person.",
        [
            Column("run", "TEXT", "the run"),
            Column("seq", "INTEGER", "the seq of its interrupt.opened, which an answer names"),
            Column("question", "TEXT", "approve or answer"),
            Column("effect", "INTEGER", "the seq of the call that it is about"),
            Column("name", "TEXT", "the tool or model of that call"),
            Column("role", "TEXT", "the role of the run's agent"),
            Column("tenant", "TEXT", "the customer or team"),
            Column("node", "TEXT", "the node that asked"),
            Column("opened_at", "TEXT", "when it was asked"),
            Column("closed_at", "TEXT", "when it was answered; NULL: it is open, or its run ended first"),
            Column("seconds", "REAL", "how long the answer took"),
            Column("answer", "TEXT", "approved, rejected, answered"),
            Column("by", "TEXT", "who answered"),
            Column("edited", "INTEGER", "1 where the person changed the arguments"),
        ]
    )

    static let children = View(
        "children",
        "One row a delegation, in the parent's words.",
        [
            Column("run", "TEXT", "the run that delegated"),
            Column("seq", "INTEGER", "the seq of its child.spawned"),
            Column("child", "TEXT", "the run that was delegated"),
            Column("role", "TEXT", "the child's role"),
            Column("spawned_at", "TEXT", "when it was delegated"),
            Column("finished_at", "TEXT", "when the parent took its result"),
            Column("seconds", "REAL", "the time between"),
            Column("status", "TEXT", "how it ended: completed, failed, cancelled"),
            Column("reserved_tokens", "INTEGER", "what was set aside for it at first"),
            Column("reserved_microdollars", "INTEGER", "likewise"),
            Column("tokens", "INTEGER", "what it and all below it used"),
            Column("microdollars", "INTEGER", "likewise"),
            Column("usd", "REAL", "likewise, in dollars"),
        ]
    )

    static let costs = View(
        "costs",
        "One row a charge, in the log of the run that used it: any sum of them counts nothing twice.",
        [
            Column("run", "TEXT", "the run"),
            Column("seq", "INTEGER", "the seq of its budget.charged"),
            Column("at", "TEXT", "when it was charged"),
            Column("day", "TEXT", "the day in UTC: 2026-01-31"),
            Column("role", "TEXT", "the role of the run's agent"),
            Column("tenant", "TEXT", "the customer or team"),
            Column("conversation", "TEXT", "the run's conversation"),
            Column("model", "TEXT", "the model that was called"),
            Column("tool", "TEXT", "the tool that was called"),
            Column("effect", "INTEGER", "the seq of the call"),
            Column("attempt", "INTEGER", "which try of it, from 1"),
            Column(
                "provenance",
                "TEXT",
                "how the amounts are known: measured, reported, estimated, unstated"
            ),
            Column("late", "INTEGER", "1 where the call had been given up before"),
            Column("input", "INTEGER", "tokens that went in"),
            Column("output", "INTEGER", "tokens that came out"),
            Column("tokens", "INTEGER", "tokens"),
            Column("microdollars", "INTEGER", "the cost"),
            Column("usd", "REAL", "the same in dollars"),
        ]
    )
}
