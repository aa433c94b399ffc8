import Glibc
import SomaSettings

/// The YAML files of folders, read again and again: what one said when it last could be read counts for as long as it can't
/// be, and one bad file keeps nobody from the others.
struct KeptFiles<Value: Sendable>: Sendable {
    private var last: [String: Value] = [:]

    /// Reads all files.
    /// - Parameters:
    ///   - bytesMax: The largest file in bytes.
    ///   - problem: Told of each thing that is wrong with a file.
    ///   - read: Reads one, by its bytes and its name.
    /// - Returns: What they say with their names, folder after folder, in the order of the names.
    mutating func read(
        _ folders: [String],
        bytesMax: Int,
        problem: (String) -> Void,
        _ read: ([UInt8], String) throws -> Value
    ) -> [(file: String, value: Value)] {
        let found = folders.flatMap(Self.files).compactMap { file -> (file: String, value: Value)? in
            do {
                let value = try FileText.readIfPresent(file, bytesMax: bytesMax).map { try read($0, file) }
                return (value ?? last[file]).map { (file: file, value: $0) }
            } catch {
                for line in "\(error)".split(separator: "\n") { problem(String(line)) }
                return last[file].map { (file: file, value: $0) }
            }
        }
        last = Dictionary(found.map { ($0.file, $0.value) }) { first, _ in first }
        return found
    }

    /// The files of a folder that end with `.yaml`; none where there is no folder.
    static func files(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var files: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".yaml"), !name.hasPrefix(".") { files.append("\(folder)/\(name)") }
        }
        return files.sorted()
    }
}
