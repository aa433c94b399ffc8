import Glibc
import PostgresFixture
import ServerFixture

@testable import SomaPostgres

/// A file system with little room.
struct SmallDisk {
    let path: String

    init(megabytes: Int, in folder: String) async throws {
        let path = folder + "/small"
        let command = """
            mkdir -m 700 \(path) && mount -t tmpfs -o size=\(megabytes)m,mode=700 tmpfs \(path) \
            && chown --reference=\(folder) \(path)
            """
        let code = await blocking { () throws(Never) in shell(command) }
        guard code == 0 else {
            throw TestServerError(
                reason:
                    "A file system with little room could not be made at \(path): mount ended with \(code). The "
                    + "test must be root (it is user \(geteuid())) and may mount tmpfs, which takes CAP_SYS_ADMIN: "
                    + "run make test as root, in a container with --cap-add SYS_ADMIN."
            )
        }
        self.path = path
    }

    func remove() async throws {
        let path = path
        _ = await blocking { () throws(Never) in shell("umount \(path)") }
    }
}

/// Runs a line of shell, and gives its exit code.
private func shell(_ line: String) -> Int32 {
    var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("/bin/sh"), strdup("-c"), strdup(line), nil]
    var environment: [UnsafeMutablePointer<CChar>?] = [strdup("PATH=/usr/sbin:/usr/bin:/sbin:/bin"), nil]
    defer { (arguments + environment).forEach { free($0) } }
    var pid: pid_t = 0
    guard posix_spawn(&pid, "/bin/sh", nil, nil, &arguments, &environment) == 0 else { return -1 }
    var status: Int32 = 0
    waitpid(pid, &status, 0)
    return status == 0 ? 0 : status >> 8
}
