extension Migration {
    /// The log, its words, and what is kept beside it.
    ///
    /// Wide columns come first, so that no row has holes. A run's head is a small row that is updated in its page;
    /// its state, some kilobytes, is kept apart, since Postgres writes a whole row anew for every change. Texts that
    /// may hold any character are bytes: Postgres has no NUL in a text.
    ///
    /// `transition` has a partition for each day on which runs started, made when the first run of a day comes.
    static let log = Migration(
        version: 1,
        name: "log",
        up: """
            CREATE TABLE soma.meta(key text PRIMARY KEY, value bytea NOT NULL);
            CREATE TABLE soma.generation(
              base bigint NOT NULL, cluster bigint NOT NULL, timeline bigint NOT NULL,
              one boolean PRIMARY KEY DEFAULT true CHECK (one));
            CREATE TABLE soma.run(
              number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
              started bigint NOT NULL, ended bigint, day integer NOT NULL, seq integer NOT NULL,
              id text COLLATE "C" NOT NULL UNIQUE) WITH (fillfactor = 70);
            CREATE INDEX run_by_start ON soma.run(started, number);
            CREATE INDEX run_unfinished ON soma.run(started, number) WHERE ended IS NULL;
            CREATE TABLE soma.snapshot(
              run bigint PRIMARY KEY, seq integer NOT NULL, checksum integer NOT NULL, state bytea NOT NULL)
              WITH (fillfactor = 80);
            CREATE TABLE soma.transition(
              position bigint NOT NULL, run bigint NOT NULL, day integer NOT NULL, seq integer NOT NULL,
              checksum integer NOT NULL, event bytea NOT NULL, PRIMARY KEY (run, seq, day))
              PARTITION BY RANGE (day);
            CREATE INDEX transition_by_position ON soma.transition(position);
            CREATE TABLE soma.content(
              id bytea PRIMARY KEY, checksum integer NOT NULL, subject bytea NOT NULL, words bytea NOT NULL);
            CREATE TABLE soma.memory(
              number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at bigint NOT NULL,
              run bytea NOT NULL, workspace bytea NOT NULL, title bytea NOT NULL, text bytea NOT NULL,
              words tsvector NOT NULL);
            CREATE UNIQUE INDEX memory_by_title ON soma.memory(sha256(run), sha256(title));
            CREATE INDEX memory_by_workspace ON soma.memory(sha256(workspace), number);
            CREATE INDEX memory_by_word ON soma.memory USING gin(words);
            CREATE TABLE soma.idempotency(
              number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key bytea NOT NULL, answer bytea NOT NULL);
            CREATE UNIQUE INDEX idempotency_by_key ON soma.idempotency(sha256(key));

            -- Makes a day's partition beside the log and attaches it under a lock that lets appends pass.
            CREATE FUNCTION soma.prepare_day(wanted integer) RETURNS void LANGUAGE plpgsql AS $$
            DECLARE
              name text := 'transition_' || CASE WHEN wanted < 0 THEN 'm' ELSE 'd' END || abs(wanted::bigint);
            BEGIN
              IF to_regclass('soma.' || name) IS NOT NULL THEN RETURN; END IF;
              PERFORM pg_advisory_xact_lock(1936682337, 2);
              -- Asked of the table: what to_regclass has seen missing it remembers until a table is locked.
              IF EXISTS (SELECT FROM pg_class c WHERE c.relname = name AND c.relnamespace = 'soma'::regnamespace) THEN
                RETURN;
              END IF;
              EXECUTE format('CREATE TABLE soma.%I (LIKE soma.transition INCLUDING ALL)', name);
              EXECUTE format('ALTER TABLE soma.transition ATTACH PARTITION soma.%I FOR VALUES FROM (%s) TO (%s)',
                name, wanted, wanted + 1);
            END $$;

            -- Before which place no transition is missing any more: what is older than the oldest transaction.
            CREATE FUNCTION soma.horizon() RETURNS bigint LANGUAGE sql STABLE AS $$
              SELECT (base + pg_snapshot_xmin(pg_current_snapshot())::text::bigint) << 20 FROM soma.generation
            $$;

            -- The log after a place as far as nothing is missing. Index by index in order, whatever the planner
            -- believes: a sort would read the rest of the log for each page.
            CREATE FUNCTION soma.tail(after bigint, most integer)
            RETURNS TABLE(place bigint, seq integer, checksum integer, event bytea) LANGUAGE plpgsql STABLE
            SET enable_sort = off SET enable_bitmapscan = off SET enable_seqscan = off SET jit = off AS $$
            DECLARE
              border bigint := soma.horizon();
            BEGIN
              RETURN QUERY SELECT t.position, t.seq, t.checksum, t.event FROM soma.transition t
                WHERE t.position > after AND t.position < border ORDER BY t.position LIMIT most;
            END $$;

            -- The last place before which nothing is missing, and whether there is more beyond the horizon.
            CREATE FUNCTION soma.head(OUT place bigint, OUT is_held boolean) LANGUAGE plpgsql STABLE
            SET enable_sort = off SET enable_bitmapscan = off SET enable_seqscan = off SET jit = off AS $$
            DECLARE
              border bigint := soma.horizon();
            BEGIN
              SELECT t.position INTO place FROM soma.transition t
                WHERE t.position < border ORDER BY t.position DESC LIMIT 1;
              SELECT EXISTS (SELECT FROM soma.transition t WHERE t.position >= border) INTO is_held;
              place := coalesce(place, 0);
            END $$;

            -- A word's letters without their accents, as SQLite's full-text search compares them.
            CREATE FUNCTION soma.plain(words text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
              SELECT regexp_replace(normalize(words, NFKD), '[\\u0300-\\u036F]', '', 'g')
            $$;
            """,
        down: """
            DROP FUNCTION soma.plain(text);
            DROP FUNCTION soma.head();
            DROP FUNCTION soma.tail(bigint, integer);
            DROP FUNCTION soma.horizon();
            DROP FUNCTION soma.prepare_day(integer);
            DROP TABLE soma.idempotency, soma.memory, soma.content, soma.transition, soma.snapshot, soma.run,
              soma.generation, soma.meta;
            """
    )
}
