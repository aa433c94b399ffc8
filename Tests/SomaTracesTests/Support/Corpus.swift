import Foundation
import Testing

/// Cases from the folder that `SOMA_CORPORA` names; none where it is unset.
enum Corpus {
    struct File: Sendable, CustomTestStringConvertible {
        let name: String
        let bytes: [UInt8]
        var testDescription: String { name }
    }

    static func files(_ folder: String) -> [File] {
        guard let root = ProcessInfo.processInfo.environment["SOMA_CORPORA"] else { return [] }
        let path = root + "/" + folder
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.sorted().filter { $0.contains(".json") }.compactMap { name in
            FileManager.default.contents(atPath: path + "/" + name).map { File(name: name, bytes: Array($0)) }
        }
    }
}
