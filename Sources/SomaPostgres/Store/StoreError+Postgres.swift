import SomaEngine

extension StoreError {
    /// What an error of the server or of its client means to somebody who uses the store.
    init(postgres error: PostgresError, while action: String, at address: String) {
        let failed = "Could not \(action) the store at \(address)"
        let state = error.sqlState.map { " (SQLSTATE \($0))" } ?? ""
        // Errors of connecting begin with the address, too.
        let words =
            error.message.hasPrefix("\(address): ")
            ? String(error.message.dropFirst(address.count + 2)) : error.message
        switch (error.kind, error.sqlState) {
        case (_, "53100"):
            self.init(
                .full,
                "\(failed): the server's disk is full. Nothing was lost.",
                hint: "Make room on the server; the store goes on by itself.",
                isPassing: true
            )
        case (_, "XX001"), (_, "XX002"):
            self.init(
                .corrupt,
                "\(failed): the server found damaged data\(state).",
                hint: "Look at the server's log and its disk, and restore a backup."
            )
        case (.limit, _), (.invalidData, _):
            self.init(
                .refused,
                "\(failed): \(words)\(state).",
                hint: Self.sentence(error.hint)
                    ?? "It is larger than the server can take, or nothing that it can keep."
            )
        case (_, "53200"):
            self.init(
                .unavailable,
                "\(failed): \(words)\(state).",
                hint: Self.sentence(error.hint) ?? "It is larger than the server can take."
            )
        case (.missingRights, _):
            self.init(
                .unavailable,
                "\(failed): \(words)\(state).",
                hint:
                    "Make the user of the setting store the owner of the schema soma, or let it create one: "
                    + "GRANT CREATE ON DATABASE … TO …."
            )
        default:
            self.init(
                .unavailable,
                "\(failed): \(words)\(state).",
                hint: Self.sentence(error.hint) ?? "Look at the server's log.",
                isPassing: error.isPassing
            )
        }
    }

    /// The client's hints are fragments.
    static func sentence(_ text: String) -> String? {
        guard let first = text.first else { return nil }
        return first.uppercased() + text.dropFirst() + "."
    }
}

extension PostgresError {
    /// Whether waiting may help somebody who asked for something that can be asked twice.
    var isPassing: Bool { isRetryable && sqlState != "53100" }
}
