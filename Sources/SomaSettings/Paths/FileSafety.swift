import Glibc

/// Checks of who owns a file or folder and who else may touch it.
enum FileSafety {
    /// How far a folder's permissions are ours to decide.
    enum FolderCare {
        /// A folder that a person named: one that exists keeps its mode, and may be reached by a symbolic link.
        case chosen
        /// A folder that is only Soma's: it is closed to others.
        case own
        /// The same where others may have been first: not through a symbolic link.
        case ownInSharedPlace
    }

    /// Makes sure that a folder exists, is ours, and that others can't change what is in it; a new one gets 0700.
    ///
    /// Missing parents are made too.
    /// - Throws: `SettingsError`: `unusableFile` where it can't be made or written, `unsafeFile` where it is
    ///   another user's or others may write to it.
    static func makePrivateFolder(_ path: String, care: FolderCare) throws(SettingsError) {
        try makeParents(of: path)
        if mkdir(path, 0o700) != 0, errno != EEXIST {
            throw failure("make the folder", path, SystemMessage.of(errno))
        }
        // Opened once, then checked through the descriptor: what was checked is what is used.
        let follow = care == .ownInSharedPlace ? O_NOFOLLOW : 0
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | follow)
        guard descriptor >= 0 else {
            let isNoFolder = errno == ELOOP || errno == ENOTDIR
            throw failure("use", path, isNoFolder ? "it is not a folder" : SystemMessage.of(errno))
        }
        defer { close(descriptor) }
        try check(descriptor, path, care: care)
        guard faccessat(descriptor, ".", W_OK | X_OK, 0) == 0 else {
            throw failure("write to the folder", path, SystemMessage.of(errno))
        }
    }

    private static func check(_ descriptor: Int32, _ path: String, care: FolderCare) throws(SettingsError) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw failure("use the folder", path, SystemMessage.of(errno))
        }
        guard status.st_uid == geteuid() else {
            throw unsafe(path, "it belongs to user \(status.st_uid), not to you")
        }
        if care == .chosen {
            // Closing a folder that somebody named could lock others out of /tmp or of a home.
            guard status.st_mode & 0o022 == 0 else { throw unsafe(path, "other users can write to it") }
        } else if status.st_mode & 0o777 != 0o700, fchmod(descriptor, 0o700) != 0 {
            throw failure("close to others the folder", path, SystemMessage.of(errno))
        }
    }

    private static func unsafe(_ path: String, _ reason: String) -> SettingsError {
        SettingsError(
            kind: .unsafeFile,
            summary: "Could not use the folder \(Quoted.visible(path)): \(reason).",
            hint: "Choose a folder of your own, or close it with chmod 700."
        )
    }

    /// Makes sure that a file with a secret is ours or root's, that nobody else can change it, and that nobody outside its
    /// group can read it: containers are given secrets by a group.
    static func checkPrivateFile(_ path: String) throws(SettingsError) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            let hint = "See that it is there, and that this user may read it."
            throw failure("read", path, SystemMessage.of(errno), hint: hint)
        }
        let isOwn = status.st_uid == geteuid() || status.st_uid == 0
        guard isOwn, status.st_mode & 0o022 == 0, status.st_mode & 0o004 == 0 else {
            throw SettingsError(
                kind: .unsafeFile,
                summary:
                    "Could not use \(Quoted.visible(path)) for a secret: other users can read or change it.",
                hint: "Close it with chmod 600."
            )
        }
    }

    /// Whether a folder of that name exists.
    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private static func makeParents(of path: String) throws(SettingsError) {
        let parent = PathText.parent(path)
        guard parent != "/", access(parent, F_OK) != 0 else { return }
        try makeParents(of: parent)
        guard mkdir(parent, 0o700) == 0 || errno == EEXIST else {
            throw failure("make the folder", parent, SystemMessage.of(errno))
        }
    }

    private static func failure(
        _ action: String,
        _ path: String,
        _ reason: String,
        hint: String? = "Pass --data-dir with a folder of your own."
    ) -> SettingsError {
        SettingsError(
            kind: .unusableFile,
            summary: "Could not \(action) \(Quoted.visible(path)): \(reason).",
            hint: hint
        )
    }
}
