extension Migration {
    /// Tells runs that were let go in order from those whose holder is gone.
    static let handover = Migration(
        version: 7,
        name: "handover",
        up: """
            DROP FUNCTION soma.claim(bigint, integer);
            \(claim(tellsHandover: true))
            """,
        down: """
            DROP FUNCTION soma.claim(bigint, integer);
            \(claim(tellsHandover: false))
            """
    )

    /// The function that takes runs.
    static func claim(tellsHandover: Bool) -> String {
        let (column, value) = tellsHandover ? (", handed_over boolean", ", c.handed_over") : ("", "")
        return """
            -- Buries replicas whose time is over, and takes groups that nobody holds for a replica that is alive, the
            -- oldest first, until it has its fair share. Of a group all or nothing is taken: whoever works on one of
            -- its runs just now keeps all, until the next time. An epoch of 1 is only ever the first holder's.
            CREATE FUNCTION soma.claim(replica bigint, most integer)
            RETURNS TABLE(id text, epoch bigint, seq integer\(column)) LANGUAGE plpgsql
            SET enable_seqscan = off SET jit = off AS $$
            DECLARE
              share record;
              room bigint;
              family bigint;
              locked bigint;
              taken bigint;
            BEGIN
              UPDATE soma.replica p SET is_gone = true WHERE p.id IN (
                SELECT q.id FROM soma.replica q WHERE NOT q.is_gone AND q.expires <= clock_timestamp()
                ORDER BY q.id FOR UPDATE SKIP LOCKED);
              SELECT * INTO share FROM soma.share(replica);
              IF share.fair IS NULL THEN RETURN; END IF;
              room := least(most, share.fair - share.held);
              -- Of whoever claims at the same time, one has the group's first row.
              FOR family IN
                SELECT r.number FROM soma.run r WHERE r.number IN (
                  SELECT coalesce(m.root, m.number) FROM soma.run m WHERE m.ended IS NULL AND (m.holder IS NULL
                    OR NOT EXISTS (SELECT FROM soma.replica p WHERE p.id = m.holder AND NOT p.is_gone)))
                ORDER BY r.started, r.number LIMIT greatest(room, 0) FOR UPDATE SKIP LOCKED
              LOOP
                EXIT WHEN room <= 0;
                SELECT count(*) INTO locked FROM (
                  SELECT FROM soma.run m WHERE coalesce(m.root, m.number) = family AND m.ended IS NULL
                  FOR UPDATE SKIP LOCKED) AS m;
                -- Seen after they were locked: nobody can give birth to a further one.
                CONTINUE WHEN EXISTS (
                  SELECT FROM soma.run m WHERE coalesce(m.root, m.number) = family AND m.ended IS NULL
                  HAVING count(*) <> locked OR bool_or(EXISTS (
                    SELECT FROM soma.replica p WHERE p.id = m.holder AND NOT p.is_gone)));
                RETURN QUERY
                  WITH ours AS (
                    SELECT m.number FROM soma.run m WHERE coalesce(m.root, m.number) = family AND m.ended IS NULL
                    UNION SELECT family
                  ), next AS (
                    SELECT greatest(max(m.epoch), 1) + 1 AS epoch FROM soma.run m JOIN ours USING (number)
                  ), changed AS (
                    UPDATE soma.run r SET epoch = next.epoch, holder = claim.replica
                    FROM ours JOIN soma.run o USING (number), next
                    WHERE r.number = ours.number
                    RETURNING r.id, r.epoch, r.seq, r.ended, o.holder IS NULL AND o.epoch > 0 AS handed_over
                  )
                  SELECT c.id, c.epoch, c.seq\(value) FROM changed c WHERE c.ended IS NULL;
                GET DIAGNOSTICS taken = ROW_COUNT;
                room := room - taken;
              END LOOP;
            END $$;
            """
    }
}
