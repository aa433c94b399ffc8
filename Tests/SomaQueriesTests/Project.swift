/// Where the project's own files are.
enum Project {
    /// The folder of Package.swift: two above this file's.
    static let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
}
