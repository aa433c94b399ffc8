extension Migration {
    /// What is asked of runs, until whoever holds them has answered.
    static let commands = Migration(
        version: 4,
        name: "commands",
        up: """
            CREATE TABLE soma.command(
              number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
              created timestamptz NOT NULL DEFAULT clock_timestamp(), answered timestamptz, taker bigint,
              begins boolean NOT NULL, run text COLLATE "C" NOT NULL, key bytea NOT NULL, body bytea NOT NULL,
              answer bytea) WITH (fillfactor = 60);
            CREATE UNIQUE INDEX command_by_key ON soma.command(sha256(key));
            CREATE INDEX command_open ON soma.command(number) WHERE answer IS NULL;
            CREATE INDEX command_answered ON soma.command(answered) WHERE answer IS NOT NULL;

            -- Takes commands that nobody has, or had who is gone: those for runs that the replica holds, or that have
            -- ended or don't exist, and some that begin runs. Nothing for a replica whose time is over.
            CREATE FUNCTION soma.take_commands(replica bigint, most integer, most_begun integer)
            RETURNS TABLE(number bigint, body bytea) LANGUAGE plpgsql SET jit = off AS $$
            BEGIN
              IF NOT EXISTS (SELECT FROM soma.replica p
                WHERE p.id = replica AND NOT p.is_gone AND p.expires > clock_timestamp()) THEN RETURN; END IF;
              RETURN QUERY
                WITH open AS (
                  SELECT c.number FROM soma.command c
                  WHERE c.answer IS NULL AND NOT c.begins AND (c.taker IS NULL OR NOT EXISTS (
                      SELECT FROM soma.replica p WHERE p.id = c.taker AND NOT p.is_gone))
                    AND NOT EXISTS (SELECT FROM soma.run r
                      WHERE r.id = c.run AND r.ended IS NULL AND r.holder IS DISTINCT FROM replica)
                  ORDER BY c.number LIMIT most FOR UPDATE SKIP LOCKED
                ), beginning AS (
                  SELECT c.number FROM soma.command c
                  WHERE c.answer IS NULL AND c.begins AND (c.taker IS NULL OR NOT EXISTS (
                      SELECT FROM soma.replica p WHERE p.id = c.taker AND NOT p.is_gone))
                  ORDER BY c.number LIMIT most_begun FOR UPDATE SKIP LOCKED
                ), taken AS (
                  UPDATE soma.command c SET taker = replica
                  FROM (SELECT * FROM open UNION ALL SELECT * FROM beginning) AS o
                  WHERE c.number = o.number RETURNING c.number, c.body
                )
                SELECT t.number, t.body FROM taken t ORDER BY t.number;
            END $$;
            """,
        down: """
            DROP FUNCTION soma.take_commands(bigint, integer, integer);
            DROP TABLE soma.command;
            """
    )
}
