/// A file's lines while hunks are applied to it.
struct PatchedFile {
    /// How far from its stated place a hunk is looked for.
    static let shiftMax = 1_000

    private var lines: [[UInt8]]
    /// How many lines the earlier hunks have added, and how far off they were found.
    private var shift = 0
    private(set) var shiftedHunks = 0

    init(_ bytes: [UInt8]) { lines = Self.lines(of: bytes) }

    var bytes: [UInt8] { lines.flatMap(\.self) }

    /// A file's lines with their line feeds.
    static func lines(of bytes: [UInt8]) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: 0x0A).map { $0 + 1 } ?? bytes.count
            lines.append(Array(bytes[start..<end]))
            start = end
        }
        return lines
    }

    /// Whether the file is what the hunks make: then the patch has been applied before.
    ///
    /// Where both sides of a hunk fit, the longer one is the better evidence.
    func holdsAlready(_ hunks: [UnifiedDiff.Hunk]) -> Bool {
        hunks.allSatisfy { hunk in
            guard !hunk.new.isEmpty, fits(hunk.new, at: max(0, hunk.newStart - 1)) else { return false }
            let oldFits = !hunk.old.isEmpty && fits(hunk.old, at: max(0, hunk.newStart - 1))
            return !oldFits || hunk.new.count > hunk.old.count
        }
    }

    /// Applies one hunk at its place or the nearest one where its old lines are. Returns why not, or `nil`.
    mutating func apply(_ hunk: UnifiedDiff.Hunk) -> String? {
        let wanted = hunk.old.isEmpty ? hunk.oldStart + shift : hunk.oldStart - 1 + shift
        guard let place = nearest(hunk.old, to: wanted) else { return explanation(hunk, at: wanted) }
        if place != wanted { shiftedHunks += 1 }
        lines.replaceSubrange(place..<(place + hunk.old.count), with: hunk.new)
        shift += hunk.new.count - hunk.old.count + place - wanted
        return nil
    }

    private func nearest(_ wanted: [[UInt8]], to place: Int) -> Int? {
        if wanted.isEmpty { return (0...lines.count).contains(place) ? place : nil }
        for distance in 0...Self.shiftMax {
            if fits(wanted, at: place + distance) { return place + distance }
            if distance > 0, fits(wanted, at: place - distance) { return place - distance }
        }
        return nil
    }

    private func fits(_ wanted: [[UInt8]], at place: Int) -> Bool {
        guard place >= 0, place + wanted.count <= lines.count else { return false }
        return lines[place..<(place + wanted.count)].elementsEqual(wanted)
    }

    /// The first line that differs at the stated place: what the writer of the patch must look at.
    private func explanation(_ hunk: UnifiedDiff.Hunk, at place: Int) -> String {
        for (offset, expected) in hunk.old.enumerated() {
            let number = place + offset
            guard number >= 0, number < lines.count else {
                return
                    "line \(number + 1) should be \(Self.shown(expected)), but the file has \(lines.count) lines"
            }
            if lines[number] != expected {
                return
                    "line \(number + 1) should be \(Self.shown(expected)), but is \(Self.shown(lines[number]))"
            }
        }
        return "it does not fit there"
    }

    private static func shown(_ line: [UInt8]) -> String {
        WorkspacePath.shown(String(decoding: line, as: UTF8.self))
    }
}
