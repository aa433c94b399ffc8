import SomaEngine

/// The tables, and how older files come to have them.
enum Schema {
    /// "soma" in ASCII: tells our files from other SQLite files.
    static let applicationID: Int64 = 0x736F_6D61

    /// The version that this program writes: the number of migrations.
    static let version = Int64(migrations.count)

    /// What leads from each version to the next. A migration that was released is never changed.
    ///
    /// All big tables have rowids: rows then go to the end of the file, and only the narrow indexes beside them
    /// are touched at random. `run.seq` and `snapshot` are kept apart because a row with a state of some
    /// kilobytes would be written anew with every transition.
    private static let migrations: [[String]] = [
        [
            "CREATE TABLE meta(key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID",
            """
            CREATE TABLE run(number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, seq INTEGER NOT NULL,
              started INTEGER NOT NULL, ended INTEGER)
            """,
            "CREATE INDEX run_by_start ON run(started)",
            "CREATE INDEX run_unfinished ON run(started) WHERE ended IS NULL",
            """
            CREATE TABLE snapshot(run INTEGER PRIMARY KEY, seq INTEGER NOT NULL, checksum INTEGER NOT NULL,
              state TEXT NOT NULL)
            """,
            """
            CREATE TABLE transition(position INTEGER PRIMARY KEY, run INTEGER NOT NULL, seq INTEGER NOT NULL,
              checksum INTEGER NOT NULL, event TEXT NOT NULL, UNIQUE(run, seq))
            """,
            """
            CREATE TABLE content(number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, subject TEXT NOT NULL,
              checksum INTEGER NOT NULL, words BLOB NOT NULL)
            """,
            """
            CREATE TABLE memory(number INTEGER PRIMARY KEY, run TEXT NOT NULL, workspace TEXT NOT NULL,
              at INTEGER NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL, UNIQUE(run, title))
            """,
            """
            CREATE VIRTUAL TABLE memory_words USING fts5(title, text, content='memory', content_rowid='number',
              tokenize='unicode61 remove_diacritics 2')
            """,
            "CREATE TABLE idempotency(number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, answer BLOB NOT NULL)",
        ],
        [
            """
            CREATE TABLE conversation(number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
              started INTEGER NOT NULL, settings TEXT NOT NULL)
            """,
            "CREATE INDEX conversation_by_start ON conversation(started)",
            """
            CREATE TABLE message(conversation INTEGER NOT NULL, number INTEGER NOT NULL, author TEXT NOT NULL,
              status TEXT NOT NULL, at INTEGER NOT NULL, words BLOB NOT NULL, run TEXT, answers INTEGER, key TEXT,
              PRIMARY KEY(conversation, number)) WITHOUT ROWID
            """,
            "CREATE UNIQUE INDEX message_by_key ON message(conversation, key) WHERE key IS NOT NULL",
            "CREATE UNIQUE INDEX message_by_run ON message(run) WHERE author = 'person' AND run IS NOT NULL",
            """
            CREATE INDEX message_open ON message(conversation, number)
              WHERE author = 'person' AND status <> 'answered'
            """,
        ],
        ["ALTER TABLE message ADD COLUMN trace TEXT"],
    ]

    /// Brings a file to this version, and gives the file's secret.
    static func prepare(_ session: SQLSession, path: String, options: StoreOptions) throws -> [UInt8] {
        let found = try check(session, path: path)
        if found < version {
            try session.writing {
                for migration in migrations[Int(found)...] {
                    for sql in migration { try session.run(sql) }
                }
                if found == 0 {
                    try session.run("INSERT INTO meta VALUES('secret', ?)", .blob(randomBytes(32)))
                    try session.run("INSERT INTO meta VALUES('created_by', ?)", .text(options.version))
                    try session.run("PRAGMA application_id=\(applicationID)")
                }
                try session.run("INSERT OR REPLACE INTO meta VALUES('written_by', ?)", .text(options.version))
                try session.run("PRAGMA user_version=\(version)")
            }
        }
        if let pages = options.pagesMax { try session.run("PRAGMA max_page_count=\(pages)") }
        return try secret(session, path: path)
    }

    /// The version of a file, or why it is not for us. Touches nothing.
    static func check(_ session: SQLSession, path: String) throws -> Int64 {
        let application = try session.number("PRAGMA application_id")
        let found = try session.number("PRAGMA user_version")
        let tables = try session.number("SELECT count(*) FROM sqlite_schema")
        if application == 0, found == 0, tables == 0 { return 0 }
        guard application == applicationID, found > 0 else {
            throw StoreError(
                .corrupt,
                "Could not open the store at \(path): it is a database of another program.",
                hint: "Choose another file with --store sqlite:PATH."
            )
        }
        guard found <= version else {
            let writer = try session.first("SELECT value FROM meta WHERE key = 'written_by'") { $0.text(0) }
            throw StoreError(
                .newer,
                "Could not open the store at \(path): version \(writer ?? "?") of Soma has written it "
                    + "(schema \(found)), and this version knows schemas up to \(version).",
                hint: "Install that version or a later one, or choose another folder with --data-dir."
            )
        }
        return found
    }

    static func secret(_ session: SQLSession, path: String) throws -> [UInt8] {
        let secret = try session.first("SELECT value FROM meta WHERE key = 'secret'") { $0.bytes(0) }
        guard let secret, secret.count == 32 else {
            throw StoreError(
                .corrupt,
                "Could not open the store at \(path): its secret is missing.",
                hint: "Restore a backup."
            )
        }
        return secret
    }

    private static func randomBytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in generator.next() }
    }
}
