import FoundationEssentials
import Glibc

/// Test data from outside, in the folder that SOMA_CORPORA names; nothing where it isn't set.
enum Corpora {
    static var folder: String? { getenv("SOMA_CORPORA").map { String(cString: $0) } }

    /// The contents of the files of a corpus with an ending, by name.
    static func files(_ corpus: String, ending: String) -> [(name: String, data: Data)] {
        guard let folder else { return [] }
        let path = folder + "/" + corpus
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.filter { $0.hasSuffix(ending) }.sorted().compactMap { name in
            FileManager.default.contents(atPath: path + "/" + name).map { (name, $0) }
        }
    }
}
