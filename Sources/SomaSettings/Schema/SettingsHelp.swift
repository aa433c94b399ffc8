/// The table of settings as text.
public enum SettingsHelp {
    /// One paragraph per setting, for `--help`: option, variable, what it must be, default, meaning.
    public static func text() -> String {
        SettingsSchema.definitions.map { row in
            let fallback = row.defaultText.map { " (default \($0))" } ?? ""
            let variables = ([row.environmentName] + row.environmentAliases).joined(separator: ", ")
            return """
                \(row.key)\(fallback)
                    \(row.summary)
                    \(row.flagName), \(variables): \(row.kind.expected)

                """
        }.joined()
    }

    /// A Markdown table for the reference.
    public static func markdown() -> String {
        let rows = SettingsSchema.definitions.map { row in
            let variables = ([row.environmentName] + row.environmentAliases).map { "`\($0)`" }.joined(
                separator: ", "
            )
            let fallback = row.defaultText.map { "`\($0)`" } ?? "–"
            return
                "| `\(row.key)` | `\(row.flagName)` | \(variables) | \(row.kind.expected) | \(fallback) | \(row.summary) |\n"
        }
        return "| key | option | variable | value | default | meaning |\n|---|---|---|---|---|---|\n"
            + rows.joined()
    }
}
