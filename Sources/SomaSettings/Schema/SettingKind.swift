/// What a setting's value must be.
public enum SettingKind: Sendable, Hashable {
    /// Text on one line.
    case text
    /// A path; relative ones start in the folder of the file that names them, else in the working folder.
    case path
    /// `true` or `false`.
    case boolean
    /// A whole number.
    case integer(ClosedRange<Int>)
    /// A length of time.
    case duration(ClosedRange<Duration>)
    /// A number of bytes.
    case byteSize(ClosedRange<ByteSize>)
    /// An amount of US dollars.
    case money
    /// A share of a whole.
    case share
    /// One of a few words.
    case choice([String])
    /// An `http:` or `https:` address without a name and password in it.
    case address
    /// `sqlite:PATH`, `postgres://…`.
    case store
    /// `redis://HOST:PORT`, `rediss://…`, `unix:PATH`, without a password.
    case redis
    /// `HOST:PORT`.
    case endpoint
    /// A list of `unix:PATH` and `HOST:PORT`; commas separate them where only text can be given.
    case endpoints
    /// A list of `HOST:PORT`, with a port that can be dialled; commas separate them where only text can be given.
    case brokers
    /// A reference to a secret, never the secret itself.
    case secret

    /// Whether it takes several places, which several options of the same name add up to.
    var isList: Bool { self == .endpoints || self == .brokers }

    /// What messages and help say is expected, with its article.
    public var expected: String {
        switch self {
        case .text: "text on one line"
        case .path: "a path"
        case .boolean: "true or false"
        case .integer(let range): RangeText.of("a whole number", range, .min ... .max)
        case .duration(let range):
            "a length of time such as 30s or 1h30m, from \(DurationText.format(range.lowerBound)) "
                + "to \(DurationText.format(range.upperBound))"
        case .byteSize(let range):
            "a size such as 64KiB or 10MB, from \(range.lowerBound) to \(range.upperBound)"
        case .money: "an amount of US dollars such as 0.50"
        case .share: "a number from 0 to 1 such as 0.05"
        case .choice(let words): "one of \(words.joined(separator: ", "))"
        case .address: "an address that begins with http:// or https:// and holds no password"
        case .store: "sqlite:PATH or postgres://…"
        case .redis: "redis://HOST:PORT, rediss://HOST:PORT or unix:PATH, without a password"
        case .endpoint: "HOST:PORT"
        case .endpoints: "unix:PATH or HOST:PORT, or a list of them"
        case .brokers: "HOST:PORT, or a list of them"
        case .secret: "a reference to a secret, file:PATH or env:NAME"
        }
    }
}
