extension Migration {
    /// Calls to tools that executors perform for runs of other processes.
    ///
    /// A row lives from the wish to some time after the result. How long an executor has a call for stands in the call:
    /// there are few at a time, and each lives for seconds.
    static let toolCalls = Migration(
        version: 5,
        name: "tool calls",
        up: """
            CREATE TABLE soma.tool_call(
              wanted timestamptz NOT NULL DEFAULT clock_timestamp(), expires timestamptz, finished timestamptz,
              effect integer NOT NULL, attempt integer NOT NULL, seq integer NOT NULL,
              withdrawn boolean NOT NULL DEFAULT false,
              run text COLLATE "C" NOT NULL, executor text, result bytea,
              PRIMARY KEY (run, effect, attempt)) WITH (fillfactor = 70);
            CREATE INDEX tool_call_by_age ON soma.tool_call(wanted);
            CREATE INDEX tool_call_untaken ON soma.tool_call(wanted)
              WHERE executor IS NULL AND NOT withdrawn AND finished IS NULL;
            """,
        down: "DROP TABLE soma.tool_call;"
    )
}
