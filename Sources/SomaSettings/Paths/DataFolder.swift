import Glibc

/// The folder of the daemon's data, and the socket that belongs to it.
public struct DataFolder: Sendable, Hashable {
    /// Most bytes of a unix socket's path: `sun_path` without its final NUL.
    public static let socketPathBytesMax = 107

    /// The absolute path.
    public let path: String
    private let runtimeFolder: String?
    private let isChosen: Bool

    /// Works out the folder; touches nothing.
    /// - Parameters:
    ///   - chosen: `data_dir`, when set: absolute.
    ///   - environment: Tells XDG_STATE_HOME, XDG_RUNTIME_DIR and HOME.
    /// - Throws: `SettingsError.Kind.unusableFile` without any of them.
    public init(chosen: String?, environment: [String: String]) throws(SettingsError) {
        guard let path = chosen ?? Self.standard(environment: environment) else {
            throw SettingsError(
                kind: .unusableFile,
                summary: "Could not work out where to keep data: neither HOME nor XDG_STATE_HOME is set.",
                hint: "Pass --data-dir, or set SOMA_DATA_DIR."
            )
        }
        self.path = PathText.absolute(path, from: "/", home: nil)
        isChosen = chosen != nil
        let runtime = environment["XDG_RUNTIME_DIR"].flatMap { $0.hasPrefix("/") ? $0 : nil }
        runtimeFolder = runtime.map { PathText.absolute($0, from: "/", home: nil) }
    }

    /// `$XDG_STATE_HOME/soma`, else `~/.local/state/soma`; nil without a home.
    public static func standard(environment: [String: String]) -> String? {
        XDG.folder("XDG_STATE_HOME", orHome: ".local/state", environment: environment).map { $0 + "/soma" }
    }

    /// Makes the folder (0700) where it is missing and checks that it is ours, writable, and not by others. Blocks on the disk.
    /// - Throws: `SettingsError`: `unusableFile`, `unsafeFile`.
    public func prepare() throws(SettingsError) {
        try FileSafety.makePrivateFolder(path, care: isChosen ? .chosen : .own)
    }

    /// The first eight hexadecimal digits of the path's SHA-256, which name the folder elsewhere.
    public var digest: String {
        String(SHA256.hex(path).prefix(8))
    }

    /// The default store's file.
    public var storePath: String { path + "/soma.db" }

    /// Where the daemon of this folder listens.
    ///
    /// In the runtime folder, else in the data folder; where that is too long for a socket,
    /// in `/tmp/soma-<uid>`. Client and daemon come to the same path from the same environment.
    public var socketPath: String {
        let preferred = runtimeFolder.map { "\($0)/soma/\(digest).sock" } ?? "\(path)/soma.sock"
        guard preferred.utf8.count > Self.socketPathBytesMax else { return preferred }
        return "/tmp/soma-\(geteuid())/\(digest).sock"
    }

    /// Makes the socket's folder (0700) where it is missing and checks that it is ours. Blocks on the disk.
    ///
    /// Clients call it too before they connect: in `/tmp` somebody else could have been first.
    /// - Throws: `SettingsError`: `unusableFile`, `unsafeFile`.
    public func prepareSocketFolder() throws(SettingsError) {
        let folder = PathText.parent(socketPath)
        guard folder != path else { return try prepare() }
        try FileSafety.makePrivateFolder(folder, care: .ownInSharedPlace)
    }

    /// Makes sure that a path given for a socket fits into one.
    /// - Throws: `SettingsError.Kind.unusableFile`.
    public static func checkSocketPath(_ path: String) throws(SettingsError) {
        guard path.utf8.count > socketPathBytesMax else { return }
        throw SettingsError(
            kind: .unusableFile,
            summary: "Could not use the socket \(Quoted.visible(path)): "
                + "its path has \(path.utf8.count) bytes and at most \(socketPathBytesMax) are possible.",
            hint: "Choose a shorter one with --listen unix:PATH."
        )
    }
}
