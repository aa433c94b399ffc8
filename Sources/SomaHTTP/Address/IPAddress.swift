import Glibc

/// An IPv4 or IPv6 address as a number, for comparing with ranges.
struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// Which protocol the number belongs to.
    enum Family: Hashable, Sendable {
        case v4
        case v6

        var bits: Int { self == .v4 ? 32 : 128 }
    }

    let family: Family
    let value: UInt128

    /// Makes an address of bytes in network order; 4 or 16 of them.
    init?(bytes: some Collection<UInt8>) {
        switch bytes.count {
        case 4: family = .v4
        case 16: family = .v6
        default: return nil
        }
        value = bytes.reduce(0) { $0 << 8 | UInt128($1) }
    }

    /// Parses the canonical spellings only (`127.0.0.1`, `::1`); a zone after `%` is ignored.
    init?(_ text: String) {
        let address = String(text.prefix { $0 != "%" })
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, address, &bytes) == 1 {
            self.init(bytes: bytes.prefix(4))
        } else if inet_pton(AF_INET6, address, &bytes) == 1 {
            self.init(bytes: bytes)
        } else {
            return nil
        }
    }

    var description: String {
        var bytes = (0..<family.bits / 8).reversed().map {
            UInt8(truncatingIfNeeded: value >> UInt128($0 * 8))
        }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        inet_ntop(family == .v4 ? AF_INET : AF_INET6, &bytes, &text, socklen_t(text.count))
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
