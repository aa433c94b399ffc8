extension Migration {
    /// A shorter way for the commonest append: one run that goes on, alone.
    ///
    /// It has no plan that depends on what the planner believes, and so no settings of its own: changing and restoring six of
    /// them takes the server longer than all that it does here.
    static let loneAppend = Migration(
        version: 6,
        name: "lone append",
        up: """
            -- Appends the next transitions of one run as `soma.append` does, and gives the first one's place; NULL, having
            -- done nothing, where the run is not as expected.
            CREATE FUNCTION soma.append_next(
              r_id text, r_epoch bigint, r_expected integer, r_ended bigint,
              t_checksum integer[], t_event bytea[],
              c_id bytea[], c_checksum integer[], c_subject bytea[], c_words bytea[],
              s_checksum integer, s_state bytea
            ) RETURNS bigint LANGUAGE plpgsql AS $$
            DECLARE
              last integer := r_expected + cardinality(t_event);
              number bigint;
              day integer;
              place bigint;
            BEGIN
              UPDATE soma.run r SET seq = last, ended = coalesce(r.ended, r_ended)
              WHERE r.id = r_id AND r.seq = r_expected
                AND (r.epoch = r_epoch OR (r.ended IS NOT NULL AND r_epoch = 0))
              RETURNING r.number, r.day INTO number, day;
              IF NOT FOUND THEN RETURN NULL; END IF;
              SELECT (base + pg_current_xact_id()::text::bigint) << 20 INTO place FROM soma.generation;
              INSERT INTO soma.transition(position, run, day, seq, checksum, event)
              SELECT place + g.at - 1, number, day, r_expected + g.at::integer, g.checksum, g.event
              FROM unnest(t_checksum, t_event) WITH ORDINALITY AS g(checksum, event, at);
              IF cardinality(c_id) > 0 THEN
                INSERT INTO soma.content(id, checksum, subject, words)
                SELECT * FROM unnest(c_id, c_checksum, c_subject, c_words) ON CONFLICT (id) DO NOTHING;
              END IF;
              IF s_state IS NOT NULL THEN
                INSERT INTO soma.snapshot(run, seq, checksum, state) VALUES (number, last, s_checksum, s_state)
                ON CONFLICT (run) DO UPDATE
                SET seq = excluded.seq, checksum = excluded.checksum, state = excluded.state;
              END IF;
              RETURN place;
            END $$;
            """,
        down: """
            DROP FUNCTION soma.append_next(
              text, bigint, integer, bigint, integer[], bytea[], bytea[], integer[], bytea[], bytea[], integer, bytea);
            """
    )
}
