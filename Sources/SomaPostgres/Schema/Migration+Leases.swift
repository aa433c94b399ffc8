extension Migration {
    /// Who works on which run, and the append that sees to it.
    ///
    /// A run's lease is its row's `holder` and `epoch`; how long it is good for stands once, in the holder's own row.
    /// Renewing the leases of a thousand runs changes one row, and none that appends change.
    ///
    /// A run and all that it delegated are one group: it is held as a whole, by one replica and under one epoch, so
    /// that parents and children are always decided in the same process.
    static let leases = Migration(
        version: 2,
        name: "leases",
        up: """
            CREATE TABLE soma.replica(
              id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
              since timestamptz NOT NULL DEFAULT clock_timestamp(), renewed timestamptz NOT NULL DEFAULT clock_timestamp(),
              expires timestamptz NOT NULL,
              is_gone boolean NOT NULL DEFAULT false, name text NOT NULL, process text NOT NULL DEFAULT '') WITH (fillfactor = 50);
            -- The root is the run at the top of its group; for that one itself, NULL.
            ALTER TABLE soma.run ADD COLUMN epoch bigint NOT NULL DEFAULT 0, ADD COLUMN holder bigint,
              ADD COLUMN root bigint;
            CREATE INDEX run_by_holder ON soma.run(holder) WHERE ended IS NULL;
            CREATE INDEX run_by_group ON soma.run((coalesce(root, number))) WHERE ended IS NULL;

            -- Appends transitions with what belongs to them, whole or not at all, and gives the first one's place.
            -- Runs, words and states come as columns; transitions and states name their run by its place there.
            -- Every row is found by an index, whatever the planner believed when the tables were empty.
            -- A run that has ended is open to whoever knows its last seq: nothing is decided there any more.
            CREATE FUNCTION soma.append(
              replica bigint,
              r_id text[], r_parent text[], r_epoch bigint[], r_expected integer[], r_follows integer[], r_last integer[],
              r_started bigint[], r_ended bigint[],
              t_run integer[], t_seq integer[], t_checksum integer[], t_event bytea[],
              c_id bytea[], c_checksum integer[], c_subject bytea[], c_words bytea[],
              s_run integer[], s_checksum integer[], s_state bytea[]
            ) RETURNS bigint LANGUAGE plpgsql
            SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
            SET plan_cache_mode = force_generic_plan SET jit = off AS $$
            DECLARE
              found_at integer[];
              numbers bigint[];
              days integer[];
              place bigint;
              wrong record;
            BEGIN
              WITH old AS (
                UPDATE soma.run r SET seq = g.last, ended = coalesce(r.ended, g.ended)
                FROM unnest(r_id, r_epoch, r_expected, r_last, r_ended)
                  WITH ORDINALITY AS g(id, epoch, expected, last, ended, at)
                WHERE r.id = g.id AND r.seq = g.expected
                  AND (r.epoch = g.epoch OR (r.ended IS NOT NULL AND g.epoch = 0))
                RETURNING g.at, r.number, r.day
              )
              SELECT array_agg(at ORDER BY at), array_agg(number ORDER BY at), array_agg(day ORDER BY at)
              INTO found_at, numbers, days FROM old;

              -- What was not there may begin here.
              IF cardinality(found_at) IS DISTINCT FROM cardinality(r_id) AND cardinality(r_id) > 0 THEN
                WITH given AS (
                  SELECT * FROM unnest(r_id, r_parent, r_epoch, r_expected, r_follows, r_last, r_started, r_ended)
                    WITH ORDINALITY AS g(id, parent, epoch, expected, follows, last, started, ended, at)
                  WHERE g.expected = g.follows AND g.at <> ALL (coalesce(found_at, '{}'))
                ), new AS (
                  INSERT INTO soma.run(id, seq, started, ended, day, epoch, holder, root)
                  SELECT g.id, g.last, g.started, g.ended, floor(g.started / 86400000000.0)::integer, g.epoch, replica,
                    coalesce(p.root, p.number)
                  FROM given g LEFT JOIN soma.run p ON p.id = g.parent WHERE NOT EXISTS (SELECT FROM soma.run r WHERE r.id = g.id)
                  ORDER BY g.at
                  ON CONFLICT (id) DO NOTHING RETURNING id, number, day
                ), heads AS (
                  SELECT * FROM unnest(found_at, numbers, days) AS o(at, number, day)
                  UNION ALL SELECT g.at, new.number, new.day FROM new JOIN given g USING (id)
                )
                SELECT array_agg(at ORDER BY at), array_agg(number ORDER BY at), array_agg(day ORDER BY at)
                INTO found_at, numbers, days FROM heads;

                IF cardinality(found_at) IS DISTINCT FROM cardinality(r_id) THEN
                  SELECT g.at, coalesce(r.seq, -1) AS seq, coalesce(r.epoch, 0) AS epoch INTO wrong
                  FROM unnest(r_id) WITH ORDINALITY AS g(id, at) LEFT JOIN soma.run r ON r.id = g.id
                  WHERE g.at <> ALL (coalesce(found_at, '{}')) ORDER BY g.at LIMIT 1;
                  RAISE EXCEPTION 'conflict % % %', wrong.at, wrong.seq, wrong.epoch USING ERRCODE = 'SM001';
                END IF;
                -- Where the parent began here too, it had no number yet. Parents come first.
                IF r_parent && r_id THEN
                  FOR place IN SELECT g.at FROM unnest(r_parent) WITH ORDINALITY AS g(id, at)
                    WHERE g.id = ANY (r_id) ORDER BY g.at
                  LOOP
                    UPDATE soma.run c SET root = coalesce(p.root, p.number) FROM soma.run p
                    WHERE c.number = numbers[place] AND c.root IS NULL AND p.id = r_parent[place];
                  END LOOP;
                END IF;
              END IF;

              SELECT (base + pg_current_xact_id()::text::bigint) << 20 INTO place FROM soma.generation;
              INSERT INTO soma.transition(position, run, day, seq, checksum, event)
              SELECT place + g.at - 1, numbers[g.run], days[g.run], g.seq, g.checksum, g.event
              FROM unnest(t_run, t_seq, t_checksum, t_event) WITH ORDINALITY AS g(run, seq, checksum, event, at);
              IF cardinality(c_id) > 0 THEN
                INSERT INTO soma.content(id, checksum, subject, words)
                SELECT * FROM unnest(c_id, c_checksum, c_subject, c_words) ON CONFLICT (id) DO NOTHING;
              END IF;
              IF cardinality(s_run) > 0 THEN
                INSERT INTO soma.snapshot(run, seq, checksum, state)
                SELECT numbers[g.run], r_last[g.run], g.checksum, g.state
                FROM unnest(s_run, s_checksum, s_state) AS g(run, checksum, state)
                ON CONFLICT (run) DO UPDATE
                SET seq = excluded.seq, checksum = excluded.checksum, state = excluded.state;
              END IF;
              RETURN place;
            END $$;

            \(claim(tellsHandover: false))

            -- What a replica that is alive holds, and what would be fair: all that is unfinished by the number of
            -- those alive, what is left over to the first of them; and how many seconds from now the next other one's
            -- time is over, if it isn't renewed. No row for one whose own time is over.
            CREATE FUNCTION soma.share(replica bigint)
            RETURNS TABLE(held bigint, fair bigint, replicas bigint, due double precision) LANGUAGE sql STABLE AS $$
              WITH alive AS (
                SELECT p.id, count(*) OVER () AS all_of_them, row_number() OVER (ORDER BY p.id) AS place
                FROM soma.replica p WHERE NOT p.is_gone AND p.expires > clock_timestamp()
              ), work AS (
                SELECT count(*) AS unfinished, count(*) FILTER (WHERE r.holder = replica) AS held
                FROM soma.run r WHERE r.ended IS NULL
              )
              SELECT held, unfinished / all_of_them + CASE WHEN place <= unfinished % all_of_them THEN 1 ELSE 0 END,
                all_of_them,
                (SELECT extract(epoch FROM min(o.expires) - clock_timestamp())::float8 FROM soma.replica o
                  WHERE o.id <> replica AND NOT o.is_gone AND o.expires < 'infinity')
              FROM alive, work WHERE alive.id = replica
            $$;
            """,
        down: """
            DROP FUNCTION soma.claim(bigint, integer);
            DROP FUNCTION soma.share(bigint);
            DROP FUNCTION soma.append(
              bigint, text[], text[], bigint[], integer[], integer[], integer[], bigint[], bigint[],
              integer[], integer[], integer[], bytea[], bytea[], integer[], bytea[], bytea[],
              integer[], integer[], bytea[]);
            DROP INDEX soma.run_by_holder, soma.run_by_group;
            ALTER TABLE soma.run DROP COLUMN epoch, DROP COLUMN holder, DROP COLUMN root;
            DROP TABLE soma.replica;
            """
    )
}
