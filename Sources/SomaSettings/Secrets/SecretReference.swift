/// Where a secret is kept: `file:PATH` or `env:NAME`. Reading it happens when it is needed, each time anew.
public struct SecretReference: Sendable, Hashable, CustomStringConvertible {
    /// The kinds of place.
    enum Place: Sendable, Hashable {
        case file(String)
        case environment(String)
    }

    private static let bytesMax = 64 << 10
    let place: Place

    /// Reads a reference.
    /// - Parameters:
    ///   - text: `file:PATH`, `env:NAME`; a relative path starts in `folder`.
    ///   - folder: An absolute path.
    ///   - home: What `~/` stands for; nil where that isn't known.
    /// - Throws: `SettingsError.Kind.secret` without the text itself, which might be the secret.
    public init(_ text: String, relativeTo folder: String, home: String? = nil) throws(SettingsError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let rest = parts.count == 2 ? String(parts[1]) : ""
        switch parts.first {
        case "file" where !rest.isEmpty: place = .file(PathText.absolute(rest, from: folder, home: home))
        case "env" where EnvironmentName.isValid(rest): place = .environment(rest)
        case "vault":
            throw SettingsError(
                kind: .secret,
                summary:
                    "expected file:PATH or env:NAME, found a vault: reference, which is not supported yet"
            )
        default:
            throw SettingsError(
                kind: .secret,
                summary:
                    "expected a reference to a secret, file:PATH or env:NAME, found something else (not shown)"
            )
        }
    }

    init(environment name: String) {
        place = .environment(name)
    }

    /// The reference as written, which is no secret.
    public var description: String {
        switch place {
        case .file(let path): "file:\(Quoted.visible(path))"
        case .environment(let name): "env:\(name)"
        }
    }

    /// Fetches the secret now; blocks on the disk where it is a file. One line end after the text is dropped.
    /// - Throws: `SettingsError.Kind.secret` where it is missing, empty, or has control characters,
    ///   `unsafeFile` where other users may read its file, `unusableFile` where it can't be read.
    public func resolve(environment: [String: String]) throws(SettingsError) -> Secret {
        switch place {
        case .environment(let name):
            guard let value = environment[name] else {
                throw SettingsError(
                    kind: .secret,
                    summary: "Could not read the secret \(self): the variable is not set.",
                    hint: "Set it, or name a file with file:PATH."
                )
            }
            return try usable(value)
        case .file(let path):
            try FileSafety.checkPrivateFile(path)
            let bytes = try FileText.read(path, bytesMax: Self.bytesMax)
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw SettingsError(
                    kind: .secret,
                    summary: "Could not use the secret \(self): it is not UTF-8 text."
                )
            }
            return try usable(text)
        }
    }

    private func usable(_ text: String) throws(SettingsError) -> Secret {
        var scalars = text.unicodeScalars[...]
        if scalars.last == "\n" { scalars.removeLast() }
        if scalars.last == "\r" { scalars.removeLast() }
        guard !scalars.isEmpty else {
            throw SettingsError(kind: .secret, summary: "Could not use the secret \(self): it is empty.")
        }
        // A line end inside a secret would end the header that carries it and begin another.
        guard scalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
            throw SettingsError(
                kind: .secret,
                summary: "Could not use the secret \(self): it holds a line end or another control character."
            )
        }
        return Secret(String(scalars))
    }
}

/// What an environment variable may be called.
enum EnvironmentName {
    static func isValid(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(48...57).contains(first) else { return false }
        return name.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 95
        }
    }
}
