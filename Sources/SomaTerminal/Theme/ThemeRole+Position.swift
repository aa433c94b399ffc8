extension ThemeRole {
    /// The place of the role in `allCases`; a payload-free enum's value in memory is its case's number.
    var position: Int { Int(unsafeBitCast(self, to: UInt8.self)) }
}
