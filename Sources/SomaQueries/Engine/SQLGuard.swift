import GRDBSQLite

/// Lets a query read and nothing else, and for so long only.
///
/// SQLite asks it about every action while it prepares a statement, and every so many steps while it runs one. The
/// callbacks get its address: it must live as long as it is installed, which `install` and `remove` bound.
final class SQLGuard {
    /// The views that the query reads, and of each the columns that it names.
    private(set) var read: [String: Set<String>] = [:]
    /// What was refused, in words.
    private(set) var refusal: String?
    private(set) var isTimedOut = false
    var deadline: ContinuousClock.Instant?
    var isCancelled: (() -> Bool)?

    /// So many of SQLite's virtual steps lie between two looks at the clock: some tens of microseconds.
    private static let stepsBetweenLooks: Int32 = 4000

    func install(on database: SQLDatabase) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        sqlite3_set_authorizer(
            database.handle,
            { context, action, first, second, _, view in
                guard let context else { return SQLITE_DENY }
                return Unmanaged<SQLGuard>.fromOpaque(context).takeUnretainedValue().judge(
                    action,
                    first.map { String(cString: $0) } ?? "",
                    second.map { String(cString: $0) } ?? "",
                    // A common table of the query is named here, too.
                    isOfView: view.map { ViewSchema.baseOf[String(cString: $0)] != nil } ?? false
                )
            },
            context
        )
        sqlite3_progress_handler(
            database.handle,
            Self.stepsBetweenLooks,
            { context in
                guard let context else { return 1 }
                return Unmanaged<SQLGuard>.fromOpaque(context).takeUnretainedValue().mayGoOn ? 0 : 1
            },
            context
        )
    }

    static func remove(from database: SQLDatabase) {
        sqlite3_set_authorizer(database.handle, nil, nil)
        sqlite3_progress_handler(database.handle, 0, nil, nil)
    }

    private var mayGoOn: Bool {
        if isCancelled?() == true { return false }
        guard let deadline, ContinuousClock.now >= deadline else { return true }
        isTimedOut = true
        return false
    }

    /// - Parameter isOfView: Whether a view asks, not the query itself.
    private func judge(_ action: Int32, _ first: String, _ second: String, isOfView: Bool) -> Int32 {
        switch action {
        case SQLITE_SELECT, SQLITE_RECURSIVE: return SQLITE_OK
        case SQLITE_READ:
            guard let view = ViewSchema.viewOf[first] else {
                read[first, default: []].insert(second)
                return SQLITE_OK
            }
            // A view names all columns of the table below it; the query only those that it needs.
            read[view, default: []].formUnion([])
            if isOfView || second.isEmpty { return SQLITE_OK }
            refusal = refusal ?? "a table below the views"
            return SQLITE_DENY
        case SQLITE_FUNCTION where !Self.refusedFunctions.contains(second.lowercased()): return SQLITE_OK
        default:
            refusal = refusal ?? Self.words(action, first, second)
            return SQLITE_DENY
        }
    }

    /// Functions that reach outside the database, in whatever build of SQLite there is.
    private static let refusedFunctions: Set<String> = [
        "load_extension", "readfile", "writefile", "edit", "fts3_tokenizer", "fsdir", "lsmode",
        "sqlar_compress",
    ]

    private static func words(_ action: Int32, _ first: String, _ second: String) -> String {
        switch action {
        // What changes the schema is asked about as a change of the schema's table.
        case SQLITE_INSERT where first.hasPrefix("sqlite_"): "CREATE"
        case SQLITE_DELETE where first.hasPrefix("sqlite_"): "DROP"
        case SQLITE_UPDATE where first.hasPrefix("sqlite_"): "this"
        case SQLITE_INSERT: "INSERT"
        case SQLITE_UPDATE: "UPDATE"
        case SQLITE_DELETE: "DELETE"
        case SQLITE_ATTACH: "ATTACH"
        case SQLITE_DETACH: "DETACH"
        case SQLITE_PRAGMA: "PRAGMA \(first)"
        case SQLITE_TRANSACTION: first.isEmpty ? "a transaction" : first
        case SQLITE_SAVEPOINT: "SAVEPOINT"
        case SQLITE_FUNCTION: "the function \(second)"
        case SQLITE_ANALYZE: "ANALYZE"
        case SQLITE_REINDEX: "REINDEX"
        case SQLITE_ALTER_TABLE: "ALTER"
        case SQLITE_CREATE_INDEX, SQLITE_CREATE_TABLE, SQLITE_CREATE_TEMP_INDEX, SQLITE_CREATE_TEMP_TABLE,
            SQLITE_CREATE_TEMP_TRIGGER, SQLITE_CREATE_TEMP_VIEW, SQLITE_CREATE_TRIGGER, SQLITE_CREATE_VIEW,
            SQLITE_CREATE_VTABLE:
            "CREATE"
        case SQLITE_DROP_INDEX, SQLITE_DROP_TABLE, SQLITE_DROP_TEMP_INDEX, SQLITE_DROP_TEMP_TABLE,
            SQLITE_DROP_TEMP_TRIGGER, SQLITE_DROP_TEMP_VIEW, SQLITE_DROP_TRIGGER, SQLITE_DROP_VIEW,
            SQLITE_DROP_VTABLE:
            "DROP"
        default: "this"
        }
    }
}
