/// Names a licence by the words that it begins with, as SPDX does.
enum Licence {
    private static let marks: [(mark: String, name: String)] = [
        ("gnu affero general public license", "AGPL"), ("gnu lesser general public license", "LGPL"),
        ("gnu library general public license", "LGPL"), ("gnu general public license", "GPL"),
        ("apache license", "Apache-2.0"), ("mozilla public license", "MPL-2.0"), ("mit license", "MIT"),
        ("permission is hereby granted, free of charge", "MIT"),
        ("redistribution and use in source and binary forms", "BSD"), ("isc license", "ISC"),
        ("permission to use, copy, modify, and", "ISC"),
        ("unencumbered software released into the public", "Unlicense"),
        ("boost software license", "BSL-1.0"), ("eclipse public license", "EPL-2.0"),
        ("creative commons", "CC"),
    ]
    /// What a notice that names several licences calls them; longer texts are a licence themselves.
    private static let names = [("unlicense", "Unlicense"), ("mit", "MIT"), ("apache", "Apache-2.0")]
    private static let noticeBytesMax = 400

    /// Whether a file's name says that it holds a licence.
    static func isLicence(_ file: String) -> Bool {
        let name = file.uppercased()
        return ["LICEN", "COPYING", "UNLICENSE"].contains { name.hasPrefix($0) }
    }

    static func name(of beginning: [UInt8]) -> String {
        let text = String(decoding: beginning, as: UTF8.self).lowercased()
        let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        if words.utf8.count < noticeBytesMax {
            let tokens = Set(words.split { !$0.isLetter }.map(String.init))
            let named = names.filter { tokens.contains($0.0) }.map(\.1)
            if named.count > 1 { return named.joined(separator: " or ") }
        }
        guard let name = marks.first(where: { words.contains($0.mark) })?.name else { return "unknown" }
        switch name {
        case "GPL", "AGPL", "LGPL": return version(words).map { "\(name)-\($0)" } ?? name
        case "BSD": return words.contains("neither the name") ? "BSD-3-Clause" : "BSD-2-Clause"
        default: return name
        }
    }

    private static func version(_ words: String) -> String? {
        [("version 3", "3.0"), ("version 2.1", "2.1"), ("version 2", "2.0")].first { words.contains($0.0) }?.1
    }
}
