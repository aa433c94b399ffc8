import SomaCore

/// What a survey has counted so far.
///
/// Languages, tests, licences and the largest files are those of the code that belongs to the project; other
/// people's code below it is only added up.
struct FileSurvey {
    struct Count {
        var files = 0
        var lines = 0
        var bytes = 0

        mutating func add(_ other: Count) {
            files += other.files
            lines += other.lines
            bytes += other.bytes
        }

        var text: String {
            "\(counted(files, "file")), \(counted(lines, "line")), \(counted(bytes, "byte"))"
        }

        var members: JSONObject { ["files": JSON(files), "lines": JSON(lines), "bytes": JSON(bytes)] }
    }

    let largestMax: Int
    /// Whether other people's code is kept apart.
    var measuresApart = true
    var folders = 0
    var filesUnreadable = 0
    var foldersUnreadable = 0
    private var total = Count()
    private var own = Count()
    private var vendored = Count()
    private var vendoredFolders: [String: Int] = [:]
    private var vendoredLicences: [String: Int] = [:]
    private var tests = Count()
    private var filesBinary = 0
    private var languages: [String: Count] = [:]
    private var largest: [(path: String, bytes: Int, lines: Int)] = []
    private var licences: [(path: String, kind: String)] = []

    init(largestMax: Int) { self.largestMax = largestMax }

    mutating func add(_ file: consuming Descriptor, path: WorkspacePath, _ stop: StopSignal) throws(ToolError)
    {
        let measured = try FileMeasure(file, stop)
        let one = Count(files: 1, lines: measured.lines, bytes: measured.bytes)
        total.add(one)
        let isLicence = !measured.isBinary && Licence.isLicence(path.name ?? "")
        if measuresApart, let folder = VendoredCode.folder(of: path) {
            vendored.add(one)
            vendoredFolders[folder, default: 0] += 1
            if isLicence { vendoredLicences[Licence.name(of: measured.beginning), default: 0] += 1 }
            return
        }
        own.add(one)
        if measured.isBinary {
            filesBinary += 1
        } else {
            languages[Languages.name(of: path.name ?? "") ?? "Other", default: Count()].add(one)
            if Languages.isTest(path) { tests.add(one) }
            if isLicence { licences.append((path.text, Licence.name(of: measured.beginning))) }
        }
        largest.append((path.text, measured.bytes, measured.lines))
        if largest.count > 4 * largestMax + 64 { trimLargest() }
    }

    private mutating func trimLargest() {
        largest.sort { ($1.bytes, $0.path) < ($0.bytes, $1.path) }
        largest.removeLast(max(0, largest.count - largestMax))
    }

    var result: ToolResult {
        var survey = self
        survey.trimLargest()
        let byLines = languages.sorted { ($1.value.lines, $0.key) < ($0.value.lines, $1.key) }
        // The project's own licence is the one that stands highest.
        let licences = licences.sorted { (Self.depth($0.path), $0.path) < (Self.depth($1.path), $1.path) }
        var others = vendored.members
        others["folders"] = JSON(Self.ranked(vendoredFolders).map(\.key))
        others["licences"] = .array(
            Self.ranked(vendoredLicences).map { ["kind": .string($0.key), "count": JSON($0.value)] }
        )
        var output = total.members
        output["folders"] = JSON(folders)
        output["binary_files"] = JSON(filesBinary)
        output["unreadable_files"] = JSON(filesUnreadable)
        output["unreadable_folders"] = JSON(foldersUnreadable)
        output["own"] = .object(own.members)
        output["vendored"] = .object(others)
        output["languages"] = .array(
            byLines.map { name, count in
                var language: JSONObject = ["name": .string(name)]
                for member in count.members.members { language[member.key] = member.value }
                return .object(language)
            }
        )
        output["largest"] = .array(
            survey.largest.map {
                ["path": .string($0.path), "bytes": JSON($0.bytes), "lines": JSON($0.lines)]
            }
        )
        output["tests"] = ["files": JSON(tests.files), "lines": JSON(tests.lines)]
        output["licences"] = .array(
            licences.map { ["path": .string($0.path), "kind": .string($0.kind)] }
        )
        output["licence_kinds"] = JSON(Set(licences.map(\.kind)).sorted())
        var lines = [total.text]
        if vendored.files > 0 { lines.append("of these other people's code: \(vendored.text)") }
        if filesUnreadable + foldersUnreadable > 0 {
            lines.append(
                "not counted because they can't be read: \(counted(filesUnreadable, "file")), "
                    + counted(foldersUnreadable, "folder")
            )
        }
        lines += byLines.prefix(12).map {
            "\($0.key): \(counted($0.value.files, "file")), \(counted($0.value.lines, "line"))"
        }
        lines += survey.largest.prefix(5).map { "\($0.path): \(counted($0.bytes, "byte"))" }
        return ToolResult(output: .object(output), text: lines.joined(separator: "\n"))
    }

    private static func depth(_ path: String) -> Int { path.utf8.count { $0 == UInt8(ascii: "/") } }

    private static func ranked(_ counts: [String: Int]) -> [(key: String, value: Int)] {
        counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    }
}
