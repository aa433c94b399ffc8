import SomaCore

/// A parsed patch in the unified format, as `diff -u` and git write it.
struct UnifiedDiff: Sendable {
    static let filesMax = 1_000

    /// The changes of one file.
    struct FileChange: Sendable {
        /// The path before; `nil` for a new file.
        var from: String?
        /// The path after; `nil` for a file that is removed.
        var to: String?
        var hunks: [Hunk] = []
        var isExecutable: Bool?
    }

    /// One piece of a file; its lines carry their line feeds, the last line of a file may lack it.
    struct Hunk: Sendable {
        let oldStart: Int
        let newStart: Int
        var old: [[UInt8]] = []
        var new: [[UInt8]] = []
        /// The line of the patch where it begins, for messages.
        let patchLine: Int
    }

    private(set) var files: [FileChange] = []

    /// Reads a patch; text before the first header is passed over.
    ///
    /// - Throws: `ToolError` (`invalidArguments`) with the line of the patch.
    init(_ patch: [UInt8]) throws(ToolError) {
        var reader = Reader(patch)
        while let line = reader.peek() {
            if line.starts(with: Array("diff --git ".utf8)) {
                try reader.readGitHeader(into: &files)
            } else if line.starts(with: Array("--- ".utf8)), reader.nextBegins(with: "+++ ") {
                try reader.readFile(into: &files)
            } else if line.starts(with: Array("@@ ".utf8)) {
                throw reader.error("a hunk without a file header")
            } else {
                reader.skip()
            }
            guard files.count <= Self.filesMax else { throw reader.error("more than \(Self.filesMax) files") }
        }
        guard !files.isEmpty else {
            throw ToolError(
                .invalidArguments,
                "The patch holds no change.",
                hint:
                    "Each file begins with a line '--- a/PATH' and a line '+++ b/PATH', each hunk with '@@ -1,3 +1,4 @@'."
            )
        }
    }

    private struct Reader {
        private let lines: [ArraySlice<UInt8>]
        private var index = 0

        init(_ patch: [UInt8]) {
            var lines = patch.split(separator: 0x0A, omittingEmptySubsequences: false)
            if lines.last?.isEmpty ?? false { lines.removeLast() }
            self.lines = lines
        }

        func peek() -> ArraySlice<UInt8>? { index < lines.count ? lines[index] : nil }

        mutating func skip() { index += 1 }

        func nextBegins(with prefix: String) -> Bool {
            index + 1 < lines.count && lines[index + 1].starts(with: Array(prefix.utf8))
        }

        func error(_ message: String) -> ToolError {
            ToolError(.invalidArguments, "The patch is wrong at line \(index + 1): \(message).")
        }

        /// What git says before the `---` line; a file without hunks (made empty, removed empty, mode) has only that.
        mutating func readGitHeader(into files: inout [FileChange]) throws(ToolError) {
            let header = String(decoding: lines[index], as: UTF8.self)
            var change = FileChange()
            var isNew = false
            var isRemoved = false
            index += 1
            while let line = peek(), !line.starts(with: Array("diff --git ".utf8)) {
                let text = String(decoding: line, as: UTF8.self)
                if text.hasPrefix("--- ") {
                    try readFile(into: &files)
                    files[files.count - 1].isExecutable = change.isExecutable
                    return
                }
                if text.hasPrefix("rename ") || text.hasPrefix("copy ") {
                    throw error("renames and copies are not supported; remove the one file and add the other")
                }
                if text.hasPrefix("GIT binary patch") || text.hasPrefix("Binary files ") {
                    throw error("binary changes are not supported")
                }
                if text.hasPrefix("new file mode ") || text.hasPrefix("new mode ") {
                    change.isExecutable = text.hasSuffix("755")
                }
                isNew = isNew || text.hasPrefix("new file mode ")
                isRemoved = isRemoved || text.hasPrefix("deleted file mode ")
                guard text.hasPrefix("index ") || text.contains(" mode ") || text.hasPrefix("similarity ")
                else { break }
                index += 1
            }
            guard let middle = header.range(ofLast: " b/") else { return }
            let path = String(header[middle...])
            change.from = isNew ? nil : path
            change.to = isRemoved ? nil : path
            files.append(change)
        }

        mutating func readFile(into files: inout [FileChange]) throws(ToolError) {
            var change = FileChange(from: path(lines[index], strips: "a/"))
            index += 1
            guard let second = peek(), second.starts(with: Array("+++ ".utf8)) else {
                throw error("expected a line that begins with '+++ '")
            }
            change.to = path(second, strips: "b/")
            guard change.from != nil || change.to != nil else { throw error("both sides are /dev/null") }
            index += 1
            while let line = peek(), line.starts(with: Array("@@ ".utf8)) {
                change.hunks.append(try readHunk(line))
            }
            guard !change.hunks.isEmpty else { throw error("expected a hunk that begins with '@@ -'") }
            files.append(change)
        }

        private func path(_ line: ArraySlice<UInt8>, strips prefix: String) -> String? {
            var text = String(decoding: line.dropFirst(4), as: UTF8.self)
            if let tab = text.firstIndex(of: "\t") { text = String(text[..<tab]) }
            if text.last == "\r" { text.removeLast() }
            if text == "/dev/null" { return nil }
            return text.hasPrefix(prefix) ? String(text.dropFirst(2)) : text
        }

        private mutating func readHunk(_ header: ArraySlice<UInt8>) throws(ToolError) -> Hunk {
            let words = String(decoding: header, as: UTF8.self).split(separator: " ")
            guard words.count >= 4, words[3].hasPrefix("@@"), let old = span(words[1], "-"),
                let new = span(words[2], "+")
            else { throw error("expected '@@ -START,COUNT +START,COUNT @@'") }
            var hunk = Hunk(oldStart: old.start, newStart: new.start, patchLine: index + 1)
            index += 1
            while hunk.old.count < old.count || hunk.new.count < new.count {
                guard let line = peek() else {
                    throw error("the hunk has fewer lines than its header says (-\(old.count) +\(new.count))")
                }
                // Models and mail programs drop the space of an empty context line.
                let mark = line.first ?? 0x20
                let text = Array(line.dropFirst()) + [0x0A]
                switch mark {
                case UInt8(ascii: " "), 0x0D:
                    hunk.old.append(text)
                    hunk.new.append(text)
                case UInt8(ascii: "-"): hunk.old.append(text)
                case UInt8(ascii: "+"): hunk.new.append(text)
                case UInt8(ascii: "\\"): dropLineFeed(&hunk)
                default: throw error("a line of a hunk begins with ' ', '+' or '-'")
                }
                index += 1
            }
            guard hunk.old.count == old.count, hunk.new.count == new.count else {
                throw error(
                    "the hunk's lines don't add up to what its header says (-\(old.count) +\(new.count))"
                )
            }
            if let line = peek(), line.first == UInt8(ascii: "\\") {
                dropLineFeed(&hunk)
                index += 1
            }
            return hunk
        }

        /// `\ No newline at end of file` speaks of the line before it.
        private func dropLineFeed(_ hunk: inout Hunk) {
            let mark = index > 0 ? lines[index - 1].first : nil
            if mark != UInt8(ascii: "+"), !hunk.old.isEmpty { hunk.old[hunk.old.count - 1].removeLast() }
            if mark != UInt8(ascii: "-"), !hunk.new.isEmpty { hunk.new[hunk.new.count - 1].removeLast() }
        }

        private func span(_ word: Substring, _ sign: Character) -> (start: Int, count: Int)? {
            guard word.first == sign else { return nil }
            let parts = word.dropFirst().split(separator: ",", omittingEmptySubsequences: false)
            guard parts.count <= 2, let start = Int(parts[0]), start >= 0,
                let count = parts.count == 2 ? Int(parts[1]) : 1,
                count >= 0, count <= 1_000_000
            else { return nil }
            return (start, count)
        }
    }
}

extension String {
    /// Where the text after the last `mark` begins.
    fileprivate func range(ofLast mark: String) -> Index? {
        var found: Index?
        var position = startIndex
        while position < endIndex {
            if self[position...].hasPrefix(mark) { found = index(position, offsetBy: mark.count) }
            position = index(after: position)
        }
        return found
    }
}
