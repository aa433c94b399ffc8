extension PostgresError {
    /// An error that a server reported for a statement.
    ///
    /// - Parameters:
    ///   - words: the primary message; kept only as far as it can't hold a bound value.
    ///   - subject: the table, column or constraint that the server named.
    ///   - values: the texts that were bound.
    init(sqlState: String, words: String, subject: String = "", values: [String] = []) {
        let kind = Self.kind(of: sqlState)
        var message = ErrorWords.clean(words, sqlState: sqlState, values: values)
        if !subject.isEmpty, !message.contains(subject) { message += " (\(subject))" }
        self.init(kind, sqlState: sqlState, message: message, hint: Self.hint(for: kind, sqlState))
    }

    /// The kind by the standard's classes, with the few states apart that ask for something else than their class.
    static func kind(of sqlState: String) -> Kind {
        switch sqlState {
        case "42501": return .missingRights
        case "57014": return .cancelled
        case "25P03", "57P05": return .timeout
        case "55P03": return .conflict
        case "57P04": return .missingDatabase
        case "0A000": return .schema
        default: break
        }
        switch sqlState.prefix(2) {
        case "08": return .connectionLost
        case "22": return .invalidData
        case "21", "23", "27", "44": return .constraint
        case "0B", "24", "25", "2D", "34", "3B": return .transactionState
        case "28": return .authentication
        case "3D": return .missingDatabase
        case "40": return .conflict
        case "0A", "20", "26", "2B", "2F", "38", "39", "3F", "42": return .schema
        case "53": return .resources
        case "54": return .limit
        case "55": return .objectState
        case "57": return .operatorIntervention
        case "58": return .system
        case "F0": return .configuration
        case "XX": return .internal
        default: return .raised
        }
    }

    static func hint(for kind: Kind, _ sqlState: String) -> String {
        switch (kind, sqlState) {
        case (_, "28P01"):
            "check user and password in \(PostgresSetting.url), or the password in PGPASSWORD or ~/.pgpass"
        case (_, "28000"):
            "check user, database and sslmode in \(PostgresSetting.url), and the server's pg_hba.conf"
        case (_, "53100"): "the server's disk is full: make room"
        case (_, "53200"): "the server's memory is used up"
        case (_, "53300"):
            "lower \(PostgresSetting.poolSize) or the number of replicas, or raise the server's max_connections"
        case (_, "25P03"), (_, "57P05"):
            "raise \(PostgresSetting.idleInTransactionTimeout) and \(PostgresSetting.lease), or hold transactions shorter"
        case (_, "25006"):
            "this server is read-only: name the primary in \(PostgresSetting.url), "
                + "or several hosts with target_session_attrs=read-write"
        case (.missingDatabase, _): "create the database, or correct its name in \(PostgresSetting.url)"
        case (.missingRights, _): "grant the right to the user of \(PostgresSetting.url)"
        case (.timeout, _):
            "raise \(PostgresSetting.statementTimeout) and \(PostgresSetting.lease), or look at what the server is busy with"
        case (.resources, _): "look at the server's log and its disk, memory and connections"
        case (.operatorIntervention, _): "it goes on by itself when the server is back"
        case (.connectionLost, _): "it goes on by itself when the server can be reached"
        case (.conflict, _): "try again"
        case (.system, _), (.internal, _): "look at the server's log and its disk"
        case (.configuration, _): "look at the server's configuration and its log"
        case (.schema, "42P01"), (.schema, "3F000"), (.schema, "42883"), (.schema, "42703"):
            "the schema is missing or of another version: check the database in \(PostgresSetting.url), "
                + "then its migrations"
        default: ""
        }
    }
}

/// What may be kept of a server's words.
enum ErrorWords {
    /// The words without what could be a bound value, on one line.
    ///
    /// Class 22 quotes values, so everything in quotes and every number goes; so do the words of a defect, whose
    /// form nobody promises. Elsewhere quotes hold names. Bound texts are taken out wherever they stand.
    static func clean(_ words: String, sqlState: String, values: [String]) -> String {
        var text = oneLine(words)
        if ["22", "XX"].contains(sqlState.prefix(2)) { text = withoutNumbers(withoutQuoted(text)) }
        // Shorter ones would tear common words apart, and say nothing.
        for value in values where value.count >= 4 {
            text = text.replacing(value, with: "…")
        }
        return text
    }

    /// From the first quote to the last: a value may itself hold quotes.
    private static func withoutQuoted(_ text: String) -> String {
        guard let first = text.firstIndex(of: "\""), let last = text.lastIndex(of: "\""), first < last else {
            return text
        }
        return text[..<first] + "\"…\"" + text[text.index(after: last)...]
    }

    private static func withoutNumbers(_ text: String) -> String {
        // A parameter's number is what helps to find the mistake.
        text.contains("bind parameter") ? text : text.replacing(/[0-9][0-9.eE+-]*/, with: "…")
    }

    static func oneLine(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(500) {
            let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
            scalars.append(isControl ? " " : scalar)
        }
        return String(scalars)
    }
}
