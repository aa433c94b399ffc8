/// The version of the product and of what daemon and clients say to each other.
package enum SomaVersion {
    /// The product's version.
    package static let product = "0.1.0"
    /// The version of the HTTP interface; daemon and client must agree on it.
    package static let api = 1
    /// The header that both sides send.
    package static let header = "Soma-Version"
    /// What this program sends in it: `1 (0.1.0)`.
    package static let headerValue = "\(api) (\(product))"

    /// What the other side sent.
    package struct Peer: Sendable, Hashable {
        /// Its version of the interface.
        package let api: Int
        /// Its product version; empty where it gave none.
        package let product: String

        /// Creates a peer.
        package init(api: Int, product: String) {
            self.api = api
            self.product = product
        }
    }

    /// Reads the header's value; `nil` where it is none of ours.
    package static func peer(_ text: String) -> Peer? {
        let parts = text.split(separator: " ", maxSplits: 1)
        guard let first = parts.first, let api = Int(first), api > 0 else { return nil }
        let product = parts.count > 1 ? parts[1].drop { $0 == "(" }.prefix { $0 != ")" } : ""
        return Peer(api: api, product: String(product.prefix(32)))
    }

    /// What a person does about two programs that don't understand each other.
    package static func mismatch(daemon: Peer, client: Peer) -> String {
        let versions = "The daemon is soma \(daemon.product) and this client is soma \(client.product)"
        return daemon.api < client.api
            ? "\(versions): the daemon is too old. Stop it with soma daemon stop; the next soma starts a new one."
            : "\(versions): the client is too old. Use the soma that the daemon was started by, or update it."
    }

    /// This program as a peer.
    package static let own = Peer(api: api, product: product)
}
