extension Migration {
    /// Where in a trace whoever sent a message stood, for the run that answers it.
    ///
    /// A column without a default rewrites nothing: its lock is held for a moment.
    static let messageTraces = Migration(
        version: 8,
        name: "message traces",
        up: "ALTER TABLE soma.message ADD COLUMN trace text COLLATE \"C\";",
        down: "ALTER TABLE soma.message DROP COLUMN trace;"
    )
}
