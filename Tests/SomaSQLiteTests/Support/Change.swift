import GRDB

/// Changes a database behind the store's back.
func change(_ path: String, _ statements: [String]) throws {
    let queue = try DatabaseQueue(path: path)
    try queue.writeWithoutTransaction { database in
        for sql in statements { try database.execute(sql: sql) }
    }
    try queue.close()
}

/// A program that keeps the write lock of a database.
struct OtherProgram {
    private let queue: DatabaseQueue

    init(locking path: String) throws {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.writeWithoutTransaction { try $0.beginTransaction(.immediate) }
    }

    func unlock() throws {
        try queue.writeWithoutTransaction { try $0.rollback() }
        try queue.close()
    }
}
