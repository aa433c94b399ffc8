/// Which addresses a request may connect to.
///
/// It is asked with the address of each connection about to be opened and of each kept connection about
/// to be used: so after every redirect, and whatever a name resolved to a moment ago.
public struct AddressPolicy: Hashable, Sendable {
    private enum Rule: Hashable, Sendable {
        case any
        case publicAnd([AddressRange])
    }

    private let rule: Rule

    /// Every address. For endpoints that the person who runs the program has chosen.
    public static let any = AddressPolicy(rule: .any)

    /// Public unicast addresses only. For URLs that a model, a tool or a peer has chosen.
    ///
    /// Refused are loopback, private, link-local, shared (CGNAT), multicast, unspecified, documentation
    /// and reserved addresses, and IPv6 addresses that carry an IPv4 one (mapped, compatible, NAT64, 6to4, Teredo).
    public static let publicOnly = AddressPolicy(rule: .publicAnd([]))

    /// Public addresses and those in the given ranges.
    public static func allow(_ ranges: [AddressRange]) -> AddressPolicy {
        AddressPolicy(rule: .publicAnd(ranges))
    }

    /// Whether every address may be connected to.
    public var isUnrestricted: Bool { rule == .any }

    func allows(_ address: IPAddress, port: Int) -> Bool {
        switch rule {
        case .any: true
        case .publicAnd(let ranges):
            address.isPublic || ranges.contains { $0.contains(address, port: port) }
        }
    }
}

extension IPAddress {
    /// Whether the address is one that the public internet routes to a single host.
    ///
    /// From the IANA special-purpose registries; for IPv6 only the global unicast block counts, so new
    /// special blocks outside of it are refused without being listed.
    var isPublic: Bool {
        switch family {
        case .v4: !Self.specialV4.contains { $0.contains(self, port: 0) }
        case .v6:
            value >> 125 == 0b001 && !Self.specialV6.contains { $0.contains(self, port: 0) }
        }
    }

    private static let specialV4 = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
        "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    ].compactMap { AddressRange($0) }

    /// Inside 2000::/3: protocol assignments with Teredo, documentation, 6to4.
    private static let specialV6 = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"]
        .compactMap { AddressRange($0) }
}
