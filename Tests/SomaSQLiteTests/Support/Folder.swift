import Foundation
import SomaSQLite

/// Runs `body` with an empty folder that is gone afterwards.
func withFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    let folder = NSTemporaryDirectory() + "soma-sqlite-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
}

extension StoreOptions {
    /// Without waiting for the disk.
    static var quick: StoreOptions {
        var options = StoreOptions()
        options.durability = .off
        return options
    }
}
