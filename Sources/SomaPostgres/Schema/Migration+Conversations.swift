extension Migration {
    /// Conversations and their messages, whose words are with all others.
    ///
    /// `last` is the number of the last message: whoever adds one raises it and so waits for others who do.
    static let conversations = Migration(
        version: 3,
        name: "conversations",
        up: """
            CREATE TABLE soma.conversation(
              number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
              started bigint NOT NULL, last integer NOT NULL DEFAULT 0,
              id text COLLATE "C" NOT NULL UNIQUE, settings bytea NOT NULL) WITH (fillfactor = 80);
            CREATE INDEX conversation_by_start ON soma.conversation(started, number);
            CREATE TABLE soma.message(
              conversation bigint NOT NULL, at bigint NOT NULL, number integer NOT NULL, answers integer,
              author text NOT NULL, status text NOT NULL, words bytea NOT NULL, run text COLLATE "C", key bytea,
              PRIMARY KEY (conversation, number)) WITH (fillfactor = 80);
            CREATE UNIQUE INDEX message_by_key ON soma.message(conversation, key) WHERE key IS NOT NULL;
            CREATE UNIQUE INDEX message_by_run ON soma.message(run) WHERE author = 'person' AND run IS NOT NULL;
            CREATE INDEX message_open ON soma.message(conversation, number)
              WHERE author = 'person' AND status <> 'answered';
            """,
        down: "DROP TABLE soma.message, soma.conversation;"
    )
}
