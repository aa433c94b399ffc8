import Glibc
import SomaCore
import Testing

@testable import SomaAgents

/// One command that must work, or must not get at what it tries.
struct SandboxCase: Sendable, CustomTestStringConvertible {
    var name: String
    var command: String
    var has: [String] = []
    var lacks: [String] = []
    var hostCheck: String?
    var files: [String: String] = [:]
    var environment: [String: String] = [:]
    var limitSeconds = 20.0
    var endsWithinSeconds: Double?
    var testDescription: String { name }

    init(
        _ name: String,
        _ command: String,
        has: [String] = [],
        lacks: [String] = [],
        hostCheck: String? = nil
    ) {
        self.name = name
        self.command = command
        self.has = has
        self.lacks = lacks
        self.hostCheck = hostCheck
    }

    init?(_ json: JSON) {
        guard let name = json["name"]?.string, let command = json["command"]?.string else { return nil }
        self.init(name, command)
        has = json["stdout_has"]?.array?.compactMap(\.string) ?? []
        lacks = json["stdout_lacks"]?.array?.compactMap(\.string) ?? []
        hostCheck = json["host_check"]?.string
        for member in json["workspace_files"]?.object?.members ?? [] {
            files[member.key] = member.value.string
        }
        for member in json["env"]?.object?.members ?? [] { environment[member.key] = member.value.string }
        limitSeconds = json["limit_s"]?.double ?? 20
        endsWithinSeconds = json["ends_within_s"]?.double
    }

    /// Ours always; all of a corpus where `SOMA_CORPORA` names a folder with one.
    static let all: [SandboxCase] = {
        let own = work + files + processes + kernel + network
        guard let folder = getenv("SOMA_CORPORA").map({ String(cString: $0) }),
            let text = ProcFile.text("\(folder)/sandbox/cases.json"), let corpus = try? JSON.parse(text)
        else { return own }
        return own + (corpus["cases"]?.array ?? []).compactMap { SandboxCase($0) }
    }()
}

// MARK: - What must work

extension SandboxCase {
    fileprivate static let work = [
        SandboxCase(
            "everyday work",
            "echo a > f && cat f && ls | wc -l && (exit 7); echo rc=$?",
            has: ["a", "1", "rc=7"]
        ),
        SandboxCase(
            "temporary files",
            "d=$(mktemp -d) && echo t > $d/x && cat $d/x && rm -r $d && echo ok",
            has: ["ok"]
        ),
        SandboxCase(
            "variables stay inside",
            "echo $EXTRA; echo \"$LD_PRELOAD\"",
            has: ["extra value"]
        ),
        SandboxCase(
            "who and where it is",
            "id -un; uname -n; pwd; tty; echo done",
            has: ["agent", "sandbox", "/workspace", "not a tty", "done"]
        ),
    ]

    // MARK: Files

    fileprivate static let files = [
        SandboxCase(
            "reading beside the workspace",
            "cat {canary}/secret ../canary/secret ../secret-beside /proc/1/root/{canary}/secret; ls {canary}; echo done",
            has: ["done"],
            lacks: ["{token}"]
        ),
        SandboxCase(
            "writing beside the workspace",
            "touch {canary}/w ../w /usr/w /etc/w /w /dev/w; ln -s {canary} l; echo x > l/w; echo done",
            has: ["done"],
            hostCheck: "test ! -e {canary}/w -a ! -e {ws}/../w -a ! -e /usr/w -a ! -e /etc/w -a ! -e /w"
        ),
        SandboxCase(
            "links and hard links out",
            "ln -s / all; cat all{canary}/secret all/etc/shadow; ln {canary}/secret hard && cat hard; cat /proc/self/cwd/../secret-beside; echo done",
            has: ["done"],
            lacks: ["{token}", "root:$", "root:*:", "root:!"]
        ),
        SandboxCase(
            "the accounts and settings of the machine",
            "cat /etc/passwd /etc/shadow /etc/hostname /etc/machine-id ~root/.ssh/* /home/*/.ssh/*; ls /etc /home /root /srv /var; echo done",
            has: ["agent:x:1000", "done"],
            lacks: ["root:x:0:0", "shadow\n", "machine-id\n"]
        ),
        SandboxCase(
            "folders that are its own",
            "echo x > /tmp/soma-{id} && echo x > /dev/shm/soma-{id} && echo made",
            has: ["made"],
            hostCheck: "test ! -e /tmp/soma-{id} -a ! -e /dev/shm/soma-{id}"
        ),
        SandboxCase(
            "device nodes",
            "mknod c c 1 1 && echo MADE; mknod b b 8 0 && echo MADE; for d in /dev/vda /dev/sda /dev/mem /dev/kmsg /dev/kvm /dev/fuse; do head -c1 $d > /dev/null 2>&1 && echo READ; done; echo done",
            has: ["done"],
            lacks: ["MADE", "READ"]
        ),
    ]

    // MARK: Processes

    fileprivate static let processes = [
        SandboxCase(
            "the daemon's environment and descriptors",
            "env; cat /proc/*/environ /proc/1/cmdline; cat /proc/self/fd/* <&- ; ls /proc/self/fd; echo done",
            has: ["done"],
            lacks: ["{token}", "SOMA_CANARY"]
        ),
        SandboxCase(
            "inherited descriptors by number",
            "bash -c 'for n in 3 4 5 6 7 8 9 {fd}; do head -c 64 <&$n; done' 2> /dev/null; echo done",
            has: ["done"],
            lacks: ["{token}"]
        ),
        SandboxCase(
            "other processes",
            "kill -9 {victim} && echo KILLED; kill -9 -1; ls /proc | grep -x {victim} && echo SEEN; echo done",
            lacks: ["KILLED", "SEEN"],
            hostCheck: "kill -0 {victim}"
        ),
        SandboxCase(
            "programs that run on as somebody else",
            "su root -c id; cp /bin/sh s && chmod 4755 s && ./s -p -c id; sudo -n id; echo done",
            has: ["done"],
            lacks: ["uid=0("]
        ),
        SandboxCase(
            "grandchildren that stay behind",
            "(setsid sh -c 'sleep 1; echo late > late' > /dev/null 2>&1 &); echo gone",
            has: ["gone"],
            hostCheck: "sleep 1.5; test ! -e {ws}/late"
        ),
        SandboxCase(
            "limits can't be raised",
            "bash -c 'ulimit -u unlimited && echo RAISED; ulimit -n 1000000 && echo RAISED; ulimit -c 1 && echo RAISED; ulimit -v unlimited && echo RAISED; ulimit -f unlimited && echo RAISED'; echo done",
            has: ["done"],
            lacks: ["RAISED"]
        ),
    ]

    // MARK: The kernel

    fileprivate static let kernel = [
        SandboxCase(
            "the kernel's settings",
            "echo x > /proc/sys/kernel/core_pattern && echo WROTE; echo 1 > /proc/sys/vm/drop_caches && echo WROTE; "
                + "echo b > /proc/sysrq-trigger && echo WROTE; echo 0 > /proc/self/oom_score_adj; echo done",
            has: ["done"],
            lacks: ["WROTE"]
        ),
        SandboxCase(
            "the kernel's memory and log",
            "for f in /proc/kcore /proc/kmsg /proc/1/mem /proc/1/auxv /sys/kernel/vmcoreinfo /sys/kernel/security/lsm; do head -c1 $f > /dev/null 2>&1 && echo \"READ $f\"; done; dmesg > /dev/null 2>&1 && echo READ; echo done",
            has: ["done"],
            lacks: ["READ /proc/k", "READ /proc/1/mem", "READ /sys", "READ\n"]
        ),
        SandboxCase(
            "more namespaces and capabilities",
            "unshare -Ur true && echo NESTED; unshare -m true && echo NESTED; grep -E '^(NoNewPrivs|CapEff|CapBnd|Seccomp):' "
                + "/proc/self/status",
            has: ["NoNewPrivs:\t1", "CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "Seccomp:\t2"],
            lacks: ["NESTED"]
        ),
        SandboxCase(
            "mounts",
            "mount -t tmpfs t /mnt && echo MOUNTED; mount -o remount,rw / && echo MOUNTED; mount --bind / /workspace && echo MOUNTED; umount /proc/sys && echo MOUNTED; echo done",
            has: ["done"],
            lacks: ["MOUNTED"]
        ),
        SandboxCase(
            "the clock and the name",
            "date -s @0 && echo SET; hostname evil && echo SET; echo done",
            has: ["done"],
            lacks: ["SET"]
        ),
        // Only the filter keeps these from a program that has no privileges at all.
        SandboxCase(
            "system calls that nobody needs",
            "perl -e 'for (\(calls)) { $! = 0; syscall($_, 0, 0, 0, 0, 0); print \"$_ is \", $! + 0, \".\\n\" }'",
            has: calls.split(separator: ",").map { "\($0) is 1." }
        ),
        SandboxCase(
            "typing into a terminal",
            "perl -e '$c = \"x\"; ioctl(STDIN, 0x5412, $c); print \"TIOCSTI is \", $! + 0, \".\\n\"'",
            has: ["TIOCSTI is 1."]
        ),
    ]

    /// bpf, perf_event_open, keyctl, add_key, ptrace, process_vm_readv, userfaultfd, io_uring_setup, setns, kexec_load.
    #if arch(x86_64)
    private static let calls = "321,298,250,248,101,310,323,425,308,246"
    #else
    private static let calls = "280,241,219,217,117,270,282,425,268,104"
    #endif

    // MARK: The network

    fileprivate static let network = [
        SandboxCase(
            "network devices",
            "cat /proc/net/dev | tail -n +3 | grep -v lo: && echo DEVICE; echo done",
            has: ["done"],
            lacks: ["DEVICE"]
        ),
        SandboxCase(
            "a server on the machine",
            "bash -c 'exec 3<>/dev/tcp/127.0.0.1/{port} && echo REACHED'; bash -c 'exec 3<>/dev/tcp/::1/{port} && echo REACHED'; echo done",
            has: ["done"],
            lacks: ["REACHED"]
        ),
        SandboxCase(
            "sockets of the machine without a network",
            "perl -MSocket -e 'for (\"{canary}/d.sock\", \"\\0soma-canary-{id}\") { socket(S, AF_UNIX, SOCK_STREAM, 0); print connect(S, pack(\"S a*\", 1, $_)) ? \"REACHED\" : \"no\", \"\\n\" }'",
            has: ["no\nno\n"],
            lacks: ["REACHED"]
        ),
        SandboxCase(
            "families that no namespace holds",
            "perl -MSocket -e 'for (40, 38, 17) { $! = 0; socket(S, $_, SOCK_STREAM, 0); print \"$_ is \", $! + 0, \".\\n\" }'",
            has: ["40 is 97.", "38 is 97.", "17 is 97."]
        ),
    ]
}
