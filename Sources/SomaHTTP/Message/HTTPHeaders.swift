/// One header field.
public struct HTTPHeader: Hashable, Sendable {
    /// The field's name, as written; compared without regard to case by ``HTTPHeaders``.
    public var name: String
    /// The field's value, without surrounding white space.
    public var value: String

    /// Makes a field; its characters are checked when a request is sent.
    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

/// Header fields in order, found without regard to case.
public struct HTTPHeaders: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    /// All fields, in order, repeated ones included.
    public private(set) var fields: [HTTPHeader]

    /// Makes a list of fields.
    public init(_ fields: [HTTPHeader] = []) { self.fields = fields }

    /// Makes a list of fields in the order written.
    public init(dictionaryLiteral elements: (String, String)...) {
        fields = elements.map { HTTPHeader(name: $0.0, value: $0.1) }
    }

    /// The first value of a field; setting it replaces all values, `nil` removes them.
    public subscript(name: String) -> String? {
        get { fields.first { $0.name.matchesIgnoringCase(name) }?.value }
        set {
            let position = fields.firstIndex { $0.name.matchesIgnoringCase(name) } ?? fields.endIndex
            fields.removeAll { $0.name.matchesIgnoringCase(name) }
            if let newValue { fields.insert(HTTPHeader(name: name, value: newValue), at: position) }
        }
    }

    /// All values of a field, in order.
    public func values(of name: String) -> [String] {
        fields.filter { $0.name.matchesIgnoringCase(name) }.map(\.value)
    }

    /// Appends a field and keeps those of the same name.
    public mutating func add(_ name: String, _ value: String) {
        fields.append(HTTPHeader(name: name, value: value))
    }

    /// The list without the fields that don't satisfy a condition.
    func filter(_ isIncluded: (HTTPHeader) -> Bool) -> HTTPHeaders {
        HTTPHeaders(fields.filter(isIncluded))
    }

    /// Adds a line to the last field's value, as the obsolete folding of RFC 9112 5.2 means it.
    mutating func extendLast(with line: String) {
        guard !fields.isEmpty, !line.isEmpty else { return }
        fields[fields.count - 1].value += " " + line
    }
}

extension String {
    /// Compares ASCII letters without regard to case, other characters exactly.
    func matchesIgnoringCase(_ other: String) -> Bool {
        utf8.count == other.utf8.count
            && zip(utf8, other.utf8).allSatisfy { $0.asciiLowercased == $1.asciiLowercased }
    }
}

extension UInt8 {
    /// The lower-case letter of an ASCII capital, any other byte as it is.
    var asciiLowercased: UInt8 { self >= 0x41 && self <= 0x5A ? self + 0x20 : self }
}
