package import SomaCore

/// One process of a cluster, as it tells others about itself.
package struct Replica: Sendable, Hashable {
    /// Its name; together with where it listens no other has it.
    package var name: String
    /// What part of the work it does.
    package var role: String
    /// Where it listens.
    package var address: String
    /// When it started.
    package var since: Timestamp
    /// The product's version.
    package var version: String

    package init(name: String, role: String, address: String, since: Timestamp, version: String) {
        (self.name, self.role, self.address, self.since, self.version) = (name, role, address, since, version)
    }

    /// What tells it from all others.
    package var id: String { "\(name) \(address)" }

    var bytes: [UInt8] {
        let json: JSON = [
            "name": .string(name), "role": .string(role), "address": .string(address),
            "since": JSON(Int(since.microseconds)), "version": .string(version),
        ]
        return json.bytes()
    }

    /// Reads what another process wrote; nil for anything else.
    init?(_ bytes: [UInt8]) {
        guard bytes.count <= 4_096, let json = try? JSON.parse(bytes), let name = json["name"]?.string,
            let role = json["role"]?.string, let address = json["address"]?.string,
            let since = json["since"]?.int, let version = json["version"]?.string
        else { return nil }
        self.init(
            name: name,
            role: role,
            address: address,
            since: Timestamp(microseconds: Int64(since)),
            version: version
        )
    }
}
