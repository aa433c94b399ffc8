import CLinux
import Glibc
import SomaCore

/// The search of many files with one pattern, and what it found.
struct FileSearch {
    /// Larger files are named, not searched: their lines are seldom for reading.
    static let fileBytesMax = 64 << 20
    private static let mostMax = 10
    private static let lineBytesMax = 400
    private static let columnLineBytesMax = 1024

    private let regex: LinearRegex
    private var matcher: RegexMatcher
    private let context: Int
    private let limit: Int
    private var text: BoundedText
    private var buffer: [UInt8] = []
    private var matches: [JSON] = []
    /// Lines after the last match, shown when it is known that none of them matches itself.
    private var following: [(number: Int, text: String)] = []
    private var linesMatched = 0
    private var filesSearched = 0
    private var filesMatched = 0
    /// The files with the most matching lines.
    private var most: [(path: String, lines: Int)] = []
    private var filesBinary = 0
    private var filesTooLarge = 0
    var foldersUnreadable = 0

    init(regex: LinearRegex, context: Int, limit: Int, bytesMax: Int) {
        self.regex = regex
        self.context = context
        self.limit = limit
        matcher = RegexMatcher(regex)
        text = BoundedText(bytesMax: bytesMax)
    }

    var result: ToolResult {
        var text = text
        let isCut = matches.count < linesMatched
        var summary =
            "\(counted(linesMatched, "line")) in \(filesMatched) of \(counted(filesSearched, "file"))"
        if isCut { summary += ", \(matches.count) shown" }
        if filesTooLarge > 0 { summary += ", \(counted(filesTooLarge, "file")) too large" }
        if foldersUnreadable > 0 { summary += ", \(counted(foldersUnreadable, "folder")) can't be read" }
        text.add(line: summary)
        return ToolResult(
            output: [
                "matches": .array(matches), "lines_matched": JSON(linesMatched),
                "files_matched": JSON(filesMatched), "files_searched": JSON(filesSearched),
                "most": .array(
                    ranked.prefix(Self.mostMax).map { ["path": .string($0.path), "lines": JSON($0.lines)] }
                ),
                "files_binary": JSON(filesBinary), "files_too_large": JSON(filesTooLarge),
                "unreadable_folders": JSON(foldersUnreadable),
                "truncated": .bool(isCut),
            ],
            text: text.isFull ? text.text + summary : text.text,
            truncated: isCut
        )
    }

    /// Searches one open file.
    mutating func search(_ file: Int32, path: WorkspacePath) throws(ToolError) {
        var status = stat()
        guard fstat(file, &status) == 0, status.st_size <= Self.fileBytesMax else {
            filesTooLarge += 1
            return
        }
        let count = fill(file, expected: Int(status.st_size))
        // Taken out of the struct, so that the bytes can be read while the findings grow.
        let bytes = buffer
        buffer = []
        defer { buffer = bytes }
        bytes.withUnsafeBufferPointer { all in
            let content = UnsafeBufferPointer(rebasing: all[..<count])
            guard !FileBytes.isBinary(content) else {
                filesBinary += 1
                return
            }
            filesSearched += 1
            search(content, path: path)
        }
    }

    /// Reads into the buffer that all files share.
    private mutating func fill(_ file: Int32, expected: Int) -> Int {
        if buffer.count < expected { buffer = [UInt8](repeating: 0, count: max(expected, 1 << 18)) }
        var count = 0
        while count < expected {
            let got = buffer.withUnsafeMutableBytes { bytes in
                read(file, bytes.baseAddress.map { $0 + count }, expected - count)
            }
            if got < 0, errno == EINTR { continue }
            guard got > 0 else { break }
            count += got
        }
        return count
    }

    private mutating func search(_ bytes: UnsafeBufferPointer<UInt8>, path: WorkspacePath) {
        var position = 0
        var lineNumber = 1
        var counted = 0
        var found = 0
        var shownTo = 0
        while position < bytes.count, let line = nextMatch(in: bytes, from: position) {
            found += 1
            if matches.count < limit, !text.isFull {
                lineNumber += FileBytes.lineFeeds(
                    UnsafeBufferPointer(rebasing: bytes[counted..<line.lowerBound])
                )
                counted = line.lowerBound
                record(bytes, line, number: lineNumber, path: path, shownTo: &shownTo)
            }
            position = line.upperBound + 1
        }
        showFollowing(until: Int.max, path: path, shownTo: &shownTo)
        linesMatched += found
        guard found > 0 else { return }
        filesMatched += 1
        most.append((path.text, found))
        if most.count > 64 * Self.mostMax { most = Array(ranked.prefix(Self.mostMax)) }
    }

    private var ranked: [(path: String, lines: Int)] {
        most.sorted { ($1.lines, $0.path) < ($0.lines, $1.path) }
    }

    /// The next line that matches, without its line feed.
    private mutating func nextMatch(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Range<Int>? {
        var position = start
        while position < bytes.count {
            if regex.requiredLiteral.isEmpty {
                guard let end = matcher.firstMatchEnd(in: bytes, from: position),
                    end < bytes.count || end > position
                else { return nil }
                // What ends behind the last line feed is on a line that isn't there.
                if end == bytes.count, bytes[end - 1] == 0x0A { return nil }
                return line(around: end, in: bytes, from: position)
            }
            guard let place = find(regex.requiredLiteral, in: bytes, from: position) else { return nil }
            let line = line(around: place, in: bytes, from: position)
            if regex.isLiteral { return line }
            var single = UnsafeBufferPointer(rebasing: bytes[line])
            if single.baseAddress == nil { single = UnsafeBufferPointer(rebasing: bytes[..<0]) }
            if matcher.firstMatchEnd(in: single, from: 0) != nil { return line }
            position = line.upperBound + 1
        }
        return nil
    }

    private func find(_ literal: [UInt8], in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        guard let base = bytes.baseAddress else { return nil }
        let found = soma_find(base + start, bytes.count - start, literal, literal.count)
        return found < 0 ? nil : start + Int(found)
    }

    private func line(around place: Int, in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Range<Int>
    {
        var low = place
        while low > start, bytes[low - 1] != 0x0A { low -= 1 }
        var high = place
        while high < bytes.count, bytes[high] != 0x0A { high += 1 }
        return low..<high
    }

    private mutating func record(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ line: Range<Int>,
        number: Int,
        path: WorkspacePath,
        shownTo: inout Int
    ) {
        let before = lines(before: line.lowerBound, in: bytes)
        let after = lines(after: line.upperBound, in: bytes)
        let shown = Self.shown(bytes, line)
        showFollowing(until: number, path: path, shownTo: &shownTo)
        if context > 0, shownTo > 0, number - before.count > shownTo + 1 { text.add(line: "--") }
        for (offset, line) in before.enumerated() where number - before.count + offset > shownTo {
            text.add(line: "\(path.text)-\(number - before.count + offset)-\(line)")
        }
        text.add(line: "\(path.text):\(number):\(shown)")
        shownTo = number
        following = after.enumerated().map { (number + 1 + $0.offset, $0.element) }
        guard !text.isFull else { return }
        var fact: JSONObject = ["path": .string(path.text), "line": JSON(number), "text": .string(shown)]
        if let column = column(bytes, line) { fact["column"] = JSON(column) }
        if context > 0 {
            fact["before"] = JSON(before)
            fact["after"] = JSON(after)
        }
        matches.append(.object(fact))
    }

    private mutating func showFollowing(until number: Int, path: WorkspacePath, shownTo: inout Int) {
        for line in following where line.number < number && line.number > shownTo {
            text.add(line: "\(path.text)-\(line.number)-\(line.text)")
            shownTo = line.number
        }
        following = []
    }

    /// Where in the line the first match begins, in bytes from 1; `nil` for very long lines, where it would be slow.
    private mutating func column(_ bytes: UnsafeBufferPointer<UInt8>, _ line: Range<Int>) -> Int? {
        if regex.isLiteral {
            return find(regex.requiredLiteral, in: bytes, from: line.lowerBound).map {
                $0 - line.lowerBound + 1
            }
        }
        guard line.count <= Self.columnLineBytesMax else { return nil }
        let single = UnsafeBufferPointer(rebasing: bytes[line])
        return (0...line.count).first { matcher.matchBegins(at: $0, in: single) }.map { $0 + 1 }
    }

    private func lines(before place: Int, in bytes: UnsafeBufferPointer<UInt8>) -> [String] {
        var result: [String] = []
        var end = place
        while result.count < context, end > 0 {
            let line = line(around: end - 1, in: bytes, from: 0)
            result.append(Self.shown(bytes, line))
            end = line.lowerBound
        }
        return result.reversed()
    }

    private func lines(after place: Int, in bytes: UnsafeBufferPointer<UInt8>) -> [String] {
        var result: [String] = []
        var start = place + 1
        while result.count < context, start < bytes.count {
            let line = line(around: start, in: bytes, from: start)
            result.append(Self.shown(bytes, line))
            start = line.upperBound + 1
        }
        return result
    }

    /// A line as text, without a carriage return at its end, cut where it is very long.
    private static func shown(_ bytes: UnsafeBufferPointer<UInt8>, _ line: Range<Int>) -> String {
        var line = line
        if let last = line.last, bytes[last] == 0x0D { line = line.lowerBound..<last }
        let isLong = line.count > lineBytesMax
        if isLong { line = line.lowerBound..<(line.lowerBound + lineBytesMax) }
        let text = String(decoding: bytes[line], as: UTF8.self)
        return isLong ? text + "…" : text
    }
}
