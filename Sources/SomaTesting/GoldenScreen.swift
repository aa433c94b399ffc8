import FoundationEssentials
private import Glibc
public import SomaTerminal

/// A canvas differs from its golden file, or the file is missing.
public struct GoldenMismatch: Error, CustomStringConvertible {
    /// The difference, with the first lines that differ and what to do.
    public let description: String
}

/// Compares a canvas with `Golden/<name>.txt` beside the test file that calls.
///
/// The file holds the text, a line `---` and the styled stretches. With `GOLDEN_UPDATE=1` in the environment the
/// file is written instead.
/// - Parameters:
///   - canvas: What was drawn.
///   - name: The file's path below `Golden`, by habit `Screen/case-80x24`.
///   - file: The test file; leave it out.
/// - Throws: `GoldenMismatch` that names the first different line.
public func expectGolden(_ canvas: Canvas, _ name: String, file: String = #filePath) throws {
    try expectGolden(text: canvas.golden, name, file: file)
}

/// Compares a text with `Golden/<name>.txt`, searched in the folders from the test file upwards.
public func expectGolden(text: String, _ name: String, file: String = #filePath) throws {
    let path = goldenFolder(from: file) + "/" + name + ".txt"
    if getenv("GOLDEN_UPDATE").map({ String(cString: $0) }) == "1" {
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: path))
        return
    }
    guard let data = FileManager.default.contents(atPath: path) else {
        throw GoldenMismatch(
            description: "There is no golden file \(name).txt. GOLDEN_UPDATE=1 writes it.\n\(text)"
        )
    }
    let expected = String(decoding: data, as: UTF8.self)
    guard expected != text else { return }
    let old = expected.split(separator: "\n", omittingEmptySubsequences: false)
    let new = text.split(separator: "\n", omittingEmptySubsequences: false)
    let line =
        zip(old, new).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? min(old.count, new.count)
    throw GoldenMismatch(
        description: """
            \(name) differs at line \(line + 1).
            expected: \(line < old.count ? String(old[line]) : "(end)")
            drawn:    \(line < new.count ? String(new[line]) : "(end)")
            GOLDEN_UPDATE=1 accepts what was drawn:
            \(text)
            """
    )
}

/// The folder `Golden` of the test target: beside the file or in a folder above it, the nearest that exists.
private func goldenFolder(from file: String) -> String {
    var parts = file.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    let nearest = parts.joined(separator: "/") + "/Golden"
    while parts.count > 1 {
        let candidate = parts.joined(separator: "/") + "/Golden"
        if FileManager.default.fileExists(atPath: candidate) { return candidate }
        if parts.last == "Tests" { break }
        parts = parts.dropLast()
    }
    return nearest
}
