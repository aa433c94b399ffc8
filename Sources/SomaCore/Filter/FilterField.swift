/// Something that a filter can ask of the things in a list.
package struct FilterField: Sendable, Hashable {
    /// How its values are compared and written.
    package enum Kind: Sendable, Hashable {
        /// Letters.
        case text
        /// A plain number; `k` and `M` may follow.
        case count
        /// Seconds; written with `us`, `ms`, `s`, `m`, `h` or `d`.
        case duration
        /// Dollars; `$` may stand in front.
        case money
        /// Whatever is there: a number where it is compared with one, else text.
        case any
    }

    /// What is typed before the colon.
    package var name: String
    /// How its values are compared.
    package var kind: Kind
    /// What is to be found in it, for help: a few words.
    package var title: String
    /// The member to follow inside structure, as `detail.exit` in `body.detail.exit`; empty for a plain field.
    package var path: String

    /// Describes a field.
    package init(_ name: String, _ kind: Kind = .text, _ title: String = "", path: String = "") {
        self.name = name
        self.kind = kind
        self.title = title
        self.path = path
    }
}

/// The fields of one kind of list.
package struct FilterFields: Sendable, Hashable {
    /// The fields, in the order in which help shows them.
    package var fields: [FilterField]
    /// The name under which any member of structure can be asked for, as in `body.ok`; `nil` for none.
    package var structure: String?

    /// Makes a list of fields.
    package init(_ fields: [FilterField], structure: String? = nil) {
        self.fields = fields
        self.structure = structure
    }

    /// The field of a name; case doesn't matter but in members.
    package subscript(written: String) -> FilterField? {
        let name = written.lowercased()
        if let field = fields.first(where: { $0.name == name }) { return field }
        guard let structure, name.hasPrefix(structure + "."), name.utf8.count > structure.utf8.count + 1
        else {
            return nil
        }
        return FilterField(name, .any, path: String(written.dropFirst(structure.count + 1)))
    }
}
