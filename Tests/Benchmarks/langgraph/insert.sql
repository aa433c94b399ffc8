\set run random(1, 1000000)
INSERT INTO bench_row (run, event, words) VALUES (:run, repeat('e', 500), repeat('w', 1024));
