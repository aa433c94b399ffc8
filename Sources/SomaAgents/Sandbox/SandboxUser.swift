import Glibc
import Synchronization

/// As whom a command runs in the sandbox, and on what.
struct SandboxPlace: Sendable, Hashable {
    /// The user that it takes on; `nil` is the daemon's own.
    var user: ProgramLaunch.User?
    /// Whether it works on a copy of the workspace instead of the workspace itself.
    var isCopy: Bool

    /// Where the daemon is root: on a copy, as a user of its own. Otherwise in the workspace, as the daemon's user.
    static var usual: SandboxPlace {
        let user = SandboxUser.next()
        return SandboxPlace(user: user, isCopy: user != nil)
    }

    /// Whom a copy belongs to.
    var owner: ProgramLaunch.User { user ?? .init(uid: geteuid(), gid: getegid()) }
}

/// The unprivileged user that a sandbox runs as where the daemon is root: bubblewrap is never started as root.
enum SandboxUser {
    /// High ids that no distribution gives away, one for each running command: no command can touch another's copy,
    /// and the limit on processes counts for each alone.
    private static let first: uid_t = 1_879_048_192
    private static let count: uid_t = 65_536
    private static let nobody: uid_t = 65_534
    private static let next = Atomic<UInt32>(0)

    /// A user for one command; `nil` where the daemon is an ordinary user itself.
    static func next(effectiveUser: uid_t = geteuid()) -> ProgramLaunch.User? {
        guard effectiveUser == 0 else { return nil }
        let offset = (UInt32(getpid()) &* 251 &+ next.wrappingAdd(1, ordering: .relaxed).newValue) % count
        let wanted = first + offset
        // In a container only the ids that it was given exist.
        let map = ProcFile.text("/proc/self/uid_map") ?? ""
        let uid = isMapped(wanted, in: map) ? wanted : nobody
        return ProgramLaunch.User(uid: uid, gid: uid)
    }

    /// Whether an id exists according to a `uid_map`: lines of first id inside, first id outside, count.
    static func isMapped(_ id: uid_t, in map: String) -> Bool {
        map.split(separator: "\n").contains { line in
            let fields = line.split(separator: " ").compactMap { UInt64($0) }
            return fields.count == 3 && UInt64(id) >= fields[0] && UInt64(id) - fields[0] < fields[2]
        }
    }
}
