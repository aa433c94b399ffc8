/// A tree whose visible nodes come from a function, asked only for what is in sight.
///
/// The owner keeps the nodes flattened in drawing order without what is folded away; the tree draws the branches.
public struct Tree: Sendable {
    /// A node as it is drawn.
    public struct Node: Sendable, Hashable {
        /// For each level from the root to this node, whether it is the last of its siblings; empty for a root.
        public var lastFlags: [Bool]
        /// Whether it has children, and if so whether they are shown.
        public var fold: Fold
        /// What stands beside the branches.
        public var line: StyledLine

        /// Makes a node.
        public init(lastFlags: [Bool], fold: Fold = .leaf, line: StyledLine) {
            self.lastFlags = lastFlags
            self.fold = fold
            self.line = line
        }
    }

    /// Whether a node's children are shown.
    public enum Fold: Sendable, Hashable {
        /// It has none.
        case leaf
        /// They are shown.
        case open
        /// They are folded away.
        case closed
    }

    /// Whether the pane has the focus.
    public var isFocused: Bool

    /// Makes a tree.
    public init(isFocused: Bool = true) { self.isFocused = isFocused }

    /// The branches in front of a node, for use in a table's cell too.
    public static func branches(_ lastFlags: [Bool], glyphs: GlyphSet) -> String {
        var result = ""
        for (level, last) in lastFlags.enumerated() {
            if level == lastFlags.count - 1 {
                result += glyphs == .unicode ? (last ? "└─" : "├─") : (last ? "`-" : "|-")
            } else {
                result += last ? "  " : glyphs == .unicode ? "│ " : "| "
            }
        }
        return result
    }

    /// Flattens a tree in drawing order.
    /// - Parameters:
    ///   - roots: The identities of the roots.
    ///   - children: The children of an identity, none for a folded one.
    /// - Returns: The identities with the flags that `Node` wants. A node is listed once, so cycles end.
    public static func flatten<ID: Hashable>(_ roots: [ID], children: (ID) -> [ID]) -> [(
        id: ID, lastFlags: [Bool]
    )] {
        var result: [(id: ID, lastFlags: [Bool])] = []
        var seen: Set<ID> = []
        var stack: [(id: ID, flags: [Bool])] = roots.reversed().map { ($0, []) }
        while let (id, flags) = stack.popLast() {
            guard seen.insert(id).inserted else { continue }
            result.append((id, flags))
            let below = children(id)
            for (index, child) in below.enumerated().reversed() {
                stack.append((child, flags + [index == below.count - 1]))
            }
        }
        return result
    }

    /// Draws the nodes in sight; see `Table.draw` for the parameters.
    @discardableResult
    public func draw(
        on canvas: inout Canvas,
        in rect: Rect,
        state: ListState,
        count: Int,
        theme: Theme,
        glyphs: GlyphSet = .unicode,
        node: (Int) -> Node
    ) -> ListState {
        let table = Table(columns: [TableColumn("", min: 1)], showsHeading: false, isFocused: isFocused)
        return table.draw(on: &canvas, in: rect, state: state, count: count, theme: theme, glyphs: glyphs) {
            index in
            let node = node(index)
            let sign =
                switch node.fold {
                case .leaf: ""
                case .open: String(glyphs.pick("▾", "v")) + " "
                case .closed: String(glyphs.pick("▸", ">")) + " "
                }
            var line = StyledLine(Tree.branches(node.lastFlags, glyphs: glyphs) + sign, theme[.border])
            line.spans += node.line.spans
            return Table.Row([line])
        }
    }
}
