import Glibc
import Testing

@testable import SomaSettings

@Suite("Paths")
struct PathsTests {
    @Test(
        "a path becomes absolute and plain",
        arguments: [
            ("a/b", "/w/a/b"), ("./a/../b", "/w/b"), ("/x//y/", "/x/y"), ("~/z", "/h/z"), ("~", "/h"),
            ("../../..", "/"),
            ("~other", "/w/~other"), ("", "/w"),
        ]
    )
    func absolute(path: String, expected: String) {
        #expect(PathText.absolute(path, from: "/w", home: "/h") == expected)
    }

    @Test(
        "SHA-256 matches the standard's examples",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                String(repeating: "a", count: 1000),
                "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3"
            ),
        ]
    )
    func sha256(text: String, expected: String) {
        #expect(SHA256.hex(text) == expected)
    }

    @Test("the data folder follows the setting, then XDG, then the home")
    func dataFolder() throws {
        let all = ["XDG_STATE_HOME": "/s", "HOME": "/h"]
        #expect(try DataFolder(chosen: "/d", environment: all).path == "/d")
        #expect(try DataFolder(chosen: nil, environment: all).path == "/s/soma")
        #expect(try DataFolder(chosen: nil, environment: ["HOME": "/h"]).path == "/h/.local/state/soma")
        #expect(
            try DataFolder(chosen: nil, environment: ["XDG_STATE_HOME": "rel", "HOME": "/h"]).path
                == "/h/.local/state/soma"
        )
        #expect(throws: SettingsError.self) { try DataFolder(chosen: nil, environment: [:]) }
    }

    @Test("the socket is in the runtime folder, else beside the data, else in a short place")
    func socketPath() throws {
        let runtime = ["HOME": "/h", "XDG_RUNTIME_DIR": "/run/user/7"]
        let digest = String(SHA256.hex("/d").prefix(8))
        #expect(
            try DataFolder(chosen: "/d", environment: runtime).socketPath == "/run/user/7/soma/\(digest).sock"
        )
        #expect(try DataFolder(chosen: "/d", environment: [:]).socketPath == "/d/soma.sock")
        let long = "/" + String(repeating: "x", count: 120)
        let short = try DataFolder(chosen: long, environment: [:])
        #expect(short.socketPath == "/tmp/soma-\(geteuid())/\(short.digest).sock")
        #expect(throws: SettingsError.self) { try DataFolder.checkSocketPath(long) }
        try DataFolder.checkSocketPath("/" + String(repeating: "x", count: 106))
    }

    @Test("a standard folder is made with its parents and closed to others")
    func prepare() throws {
        try withTemporaryFolder { folder in
            let data = try DataFolder(chosen: nil, environment: ["XDG_STATE_HOME": "\(folder)/a/b"])
            try data.prepare()
            #expect(mode(of: "\(folder)/a/b/soma") == 0o700)
            chmod(data.path, 0o755)
            try data.prepare()
            #expect(mode(of: data.path) == 0o700)
        }
    }

    @Test("a chosen folder keeps its mode, and is refused when others can write to it")
    func chosen() throws {
        try withTemporaryFolder { folder in
            try makeFolder("\(folder)/open", mode: 0o755)
            try DataFolder(chosen: "\(folder)/open", environment: [:]).prepare()
            #expect(mode(of: "\(folder)/open") == 0o755)
            chmod("\(folder)/open", 0o777)
            let error = #expect(throws: SettingsError.self) {
                try DataFolder(chosen: "\(folder)/open", environment: [:]).prepare()
            }
            #expect(error?.kind == .unsafeFile)
            #expect(error?.description.contains("other users can write to it") == true)
        }
    }

    @Test("a file in the folder's place is named in the error")
    func fileInPlace() throws {
        try withTemporaryFolder { folder in
            try write("", to: "\(folder)/file")
            for path in ["\(folder)/file", "\(folder)/file/below"] {
                let error = #expect(throws: SettingsError.self) {
                    try DataFolder(chosen: path, environment: [:]).prepare()
                }
                #expect(error?.kind == .unusableFile)
                #expect(error?.description.contains("\(folder)/file") == true)
            }
        }
    }

    @Test("the socket's folder is made closed, and never through somebody's symbolic link")
    func socketFolder() throws {
        try withTemporaryFolder { folder in
            let data = try DataFolder(chosen: "\(folder)/data", environment: ["XDG_RUNTIME_DIR": folder])
            try data.prepareSocketFolder()
            #expect(mode(of: "\(folder)/soma") == 0o700)
            rmdir("\(folder)/soma")
            try makeFolder("\(folder)/elsewhere", mode: 0o755)
            symlink("\(folder)/elsewhere", "\(folder)/soma")
            #expect(throws: SettingsError.self) { try data.prepareSocketFolder() }
            #expect(mode(of: "\(folder)/elsewhere") == 0o755)
            let beside = try DataFolder(chosen: "\(folder)/data", environment: [:])
            try beside.prepareSocketFolder()
            #expect(mode(of: "\(folder)/data") == 0o700)
        }
    }

    @Test("a folder of another user is refused")
    func otherOwner() throws {
        try withTemporaryFolder { folder in
            // Root can give a folder away; whoever else runs the tests finds root's.
            var (path, owner) = ("/usr", 0)
            if geteuid() == 0 {
                (path, owner) = ("\(folder)/theirs", 65_534)
                try makeFolder(path)
                try #require(chown(path, 65_534, 65_534) == 0)
            }
            let error = #expect(throws: SettingsError.self) {
                try DataFolder(chosen: path, environment: [:]).prepare()
            }
            #expect(error?.kind == .unsafeFile)
            #expect(error?.summary.contains("belongs to user \(owner)") == true)
        }
    }

    @Test("a folder that can't be written to is refused", arguments: ["/proc/soma-test", "/sys/soma-test"])
    func unwritable(path: String) {
        let error = #expect(throws: SettingsError.self) {
            try DataFolder(chosen: path, environment: [:]).prepare()
        }
        #expect(error?.kind == .unusableFile)
    }

    @Test("roles are looked for in the setting, here, then beside the program")
    func agents() throws {
        try withTemporaryFolder { folder in
            let loader = SettingsLoader(environment: [:], workingFolder: folder, systemFile: "\(folder)/none")
            let executable = "\(folder)/bin/soma"
            let settings = try loader.load()
            let tried = ConfigFolders.agents(
                settings: settings,
                workingFolder: folder,
                executable: executable
            )
            #expect(tried == ["\(folder)/agents", "\(folder)/share/soma/agents"])
            let error = #expect(throws: SettingsError.self) {
                try ConfigFolders.findAgents(
                    settings: settings,
                    workingFolder: folder,
                    executable: executable
                )
            }
            #expect(error?.summary.contains("\(folder)/share/soma/agents") == true)
            try makeFolder("\(folder)/agents")
            #expect(
                try ConfigFolders.findAgents(
                    settings: settings,
                    workingFolder: folder,
                    executable: executable
                )
                    == "\(folder)/agents"
            )
            let chosen = try loader.load(flags: [.init(key: "agents_dir", values: ["mine"])])
            #expect(
                ConfigFolders.agents(settings: chosen, workingFolder: folder, executable: executable) == [
                    "\(folder)/mine"
                ]
            )
        }
    }

    @Test("themes are looked for in the person's folder, the installed one, and the project of a build")
    func themes() {
        let environment = ["XDG_CONFIG_HOME": "/c", "HOME": "/h"]
        #expect(
            ConfigFolders.themes(environment: environment, executable: "/p/.build/debug/soma")
                == ["/c/soma/themes", "/p/.build/share/soma/themes", "/p/themes"]
        )
        #expect(
            ConfigFolders.themes(environment: [:], executable: "/usr/bin/soma") == ["/usr/share/soma/themes"]
        )
        #expect(ConfigFolders.userFolder(environment: ["HOME": "/h"]) == "/h/.config/soma")
    }
}
