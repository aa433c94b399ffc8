/// A block of addresses, such as `10.0.0.0/8` or `::1`, optionally for one port only.
public struct AddressRange: Hashable, Sendable {
    let base: IPAddress
    let prefixBits: Int
    /// The only port meant; `nil` means all.
    public let port: Int?

    /// Parses `ADDRESS` or `ADDRESS/BITS`; `nil` when it is neither.
    public init?(_ text: String, port: Int? = nil) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let base = IPAddress(String(parts[0])) else { return nil }
        var bits = base.family.bits
        if parts.count == 2 {
            guard let given = Int(parts[1]), (0...base.family.bits).contains(given) else { return nil }
            bits = given
        }
        self.base = base
        prefixBits = bits
        self.port = port
    }

    /// This machine's own addresses, `127.0.0.0/8` and `::1`, optionally on one port only.
    public static func loopback(port: Int? = nil) -> [AddressRange] {
        ["127.0.0.0/8", "::1"].compactMap { AddressRange($0, port: port) }
    }

    func contains(_ address: IPAddress, port: Int) -> Bool {
        guard address.family == base.family, self.port ?? port == port else { return false }
        let shift = UInt128(base.family.bits - prefixBits)
        // A shift by the full width gives 0 on both sides, which is what /0 means.
        return address.value >> shift == base.value >> shift
    }
}
