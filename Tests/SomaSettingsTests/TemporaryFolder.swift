import Glibc
import Testing

/// A folder of its own for one test, removed at the end of `body`.
func withTemporaryFolder(_ body: (String) throws -> Void) throws {
    var template = Array("/tmp/soma-settings-XXXXXX".utf8CString)
    _ = try #require(mkdtemp(&template))
    let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    defer { removeTree(path) }
    try body(path)
}

func write(_ text: String, to path: String, mode: mode_t = 0o600) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    #expect(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
    #expect(fchmod(descriptor, mode) == 0)
}

func makeFolder(_ path: String, mode: mode_t = 0o700) throws {
    try #require(mkdir(path, mode) == 0)
    try #require(chmod(path, mode) == 0)
}

func mode(of path: String) -> mode_t {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
}

private func removeTree(_ path: String) {
    if let folder = opendir(path) {
        defer { closedir(folder) }
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name != ".", name != ".." else { continue }
            var status = stat()
            let child = "\(path)/\(name)"
            guard lstat(child, &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR { removeTree(child) } else { unlink(child) }
        }
    }
    rmdir(path)
}
