import FoundationEssentials

/// Cases from the folder that `SOMA_CORPORA` names; none where it is unset.
enum Corpus {
    static func files(_ folder: String) -> [(name: String, bytes: [UInt8])] {
        guard let root = ProcessInfo.processInfo.environment["SOMA_CORPORA"] else { return [] }
        let path = root + "/" + folder
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.sorted().compactMap { name in
            FileManager.default.contents(atPath: path + "/" + name).map { (name, Array($0)) }
        }
    }
}
