/// The table of settings as text.
public enum SettingsHelp {
    /// A paragraph a setting: default, meaning, what it must be, and how to set it.
    public static func text() -> String {
        SettingsSchema.definitions.map { row in
            let fallback = row.defaultText.map { " (default \($0))" } ?? ""
            let variables = ([row.environmentName] + row.environmentAliases).joined(separator: ", ")
            return """
                \(row.key)\(fallback)
                    \(row.summary)
                    It is \(row.kind.expected).
                    \(row.flagName)=…, \(variables)

                """
        }.joined()
    }
}
