import SomaEngine

extension StoreError {
    /// What an error of the server or of its client means to somebody who uses the store.
    init(postgres error: PostgresError, while action: String, at address: String) {
        let failed = "Could not \(action) the store at \(address)"
        let state = error.sqlState.map { " (SQLSTATE \($0))" } ?? ""
        switch (error.kind, error.sqlState) {
        case (_, "53100"):
            self.init(
                .full,
                "\(failed): the server's disk is full. Nothing was lost.",
                hint: action == "open"
                    ? "Make room on the server, then start again."
                    : "Make room on the server; the store goes on by itself."
            )
        case (_, "XX001"), (_, "XX002"):
            self.init(
                .corrupt,
                "\(failed): the server found damaged data\(state).",
                hint: "Look at the server's log and its disk, and restore a backup."
            )
        case (_, "53200"), (.limit, _):
            self.init(
                .unavailable,
                "\(failed): \(error.message)\(state).",
                hint: Self.sentence(error.hint) ?? "It is larger than the server can take."
            )
        case (.missingRights, _):
            self.init(
                .unavailable,
                "\(failed): \(error.message)\(state).",
                hint:
                    "Make the user of the setting store the owner of the schema soma, or let it create one: "
                    + "GRANT CREATE ON DATABASE … TO …."
            )
        default:
            self.init(
                .unavailable,
                "\(failed): \(error.message)\(state).",
                hint: Self.sentence(error.hint) ?? "Look at the server's log."
            )
        }
    }

    /// The client's hints are fragments.
    private static func sentence(_ text: String) -> String? {
        guard let first = text.first else { return nil }
        return first.uppercased() + text.dropFirst() + "."
    }
}

extension PostgresError {
    /// Whether waiting may help somebody who asked for something that can be asked twice.
    var isPassing: Bool { isRetryable && sqlState != "53100" }
}
