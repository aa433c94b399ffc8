import FoundationEssentials
import Glibc
import Testing

/// Another machine, which is this one: an sshd of the test's own that ssh talks to through a pipe, so that there is
/// no port and no daemon.
struct SecureShell {
    private let rig: TerminalRig
    private var folder: String { rig.folder + "/ssh" }

    /// Makes keys and configurations; afterwards `ssh -F $HOME/ssh/client there` leads to it.
    init(_ rig: TerminalRig) async throws {
        self.rig = rig
        let places = ["/usr/sbin/sshd", "/usr/bin/sshd", "/sbin/sshd"]
        let found = places.first { access($0, X_OK) == 0 }
        let sshd = try #require(found, "sshd isn't installed: infra/setup.sh tests")
        // The one folder that sshd can't be told another name of; it wants it where it runs as root.
        if getuid() == 0 { mkdir("/run/sshd", 0o755) }
        mkdir(folder, 0o700)
        for key in ["host", "user"] {
            await rig.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "\(folder)/\(key)")
        }
        try rig.write(
            "ssh/server",
            """
            HostKey \(folder)/host
            AuthorizedKeysFile \(folder)/user.pub
            StrictModes no
            UsePAM no
            PidFile none
            Subsystem none none

            """
        )
        try rig.write(
            "ssh/client",
            """
            Host there
              ProxyCommand \(sshd) -i -f \(folder)/server -E \(folder)/log
              IdentityFile \(folder)/user
              IdentitiesOnly yes
              UserKnownHostsFile \(folder)/known
              StrictHostKeyChecking accept-new
              ServerAliveInterval 5

            """
        )
        // What somebody's profile would set there.
        let variables = rig.variables.filter { !$0.hasPrefix("TERM=") }
            .map { "export '\($0)'" }
            .joined(separator: "\n")
        try rig.write("ssh/there", "\(variables)\necho $$ >\(folder)/pid\nexec \"$@\"\n")
    }

    /// The words that run a command there in a terminal.
    func command(_ words: String) -> String { "ssh -F $HOME/ssh/client -t there sh \(folder)/there \(words)" }

    /// The words before what is done with a line that is held open.
    var onLine: String { "ssh -F $HOME/ssh/client -S $HOME/ssh/line" }

    /// Lets go of the line that is held open.
    func closeLine() async { await rig.run("sh", "-c", onLine + " -O exit there") }

    /// The process of the last command there.
    var process: pid_t? {
        (try? String(contentsOfFile: folder + "/pid", encoding: .utf8)).flatMap { text in
            pid_t(text.filter(\.isNumber))
        }
    }

    /// Cuts the connection on the far side: ends the sshd that the process belongs to, without notice.
    func cut() throws {
        var pid = try #require(process)
        while pid > 1 {
            let stat = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
            let name = stat.drop { $0 != "(" }.dropFirst().prefix { $0 != ")" }
            if name.hasPrefix("sshd") {
                kill(pid, SIGKILL)
                return
            }
            let close = try #require(stat.lastIndex(of: ")"))
            let fields = stat[stat.index(after: close)...].split(separator: " ")
            pid = try #require(fields.count > 1 ? pid_t(fields[1]) : nil)
        }
        Issue.record("The console there belongs to no sshd.")
    }
}
