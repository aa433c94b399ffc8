extension YAMLRule {
    /// A mapping whose keys `body` asks for; the others are reported.
    /// - Parameters:
    ///   - expected: What messages say was expected, with its article.
    ///   - body: Returns nil only after a problem was reported.
    public static func object(_ expected: String = "a mapping", _ body: @escaping (YAMLObject) -> Value?)
        -> YAMLRule
    {
        YAMLRule(expected: expected) { (cursor: YAMLCursor) in
            guard let object = YAMLObject(cursor) else {
                cursor.reportMismatch(expected: expected)
                return nil
            }
            let value = body(object)
            object.finish()
            return value
        }
    }

    /// A list of values of one rule.
    /// - Parameters:
    ///   - element: The rule of each.
    ///   - count: How many there may be.
    public static func list<Element>(
        of element: YAMLRule<Element>,
        count: ClosedRange<Int> = 0...10_000
    ) -> YAMLRule where Value == [Element] {
        YAMLRule(expected: "a list") { (cursor: YAMLCursor) in
            guard case .sequence(let items) = cursor.node.content else {
                cursor.reportMismatch(expected: "a list")
                return nil
            }
            guard count.contains(items.count) else {
                let range = RangeText.of("a list", count, 0 ... .max)
                cursor.report("expected \(range) items, found \(items.count)")
                return nil
            }
            let values = items.compactMap { element.read(cursor.at($0)) }
            return values.count == items.count ? values : nil
        }
    }

    /// A mapping from free names to values of one rule, in the order written.
    public static func dictionary<Element>(
        of element: YAMLRule<Element>,
        countMax: Int = 10_000
    ) -> YAMLRule where Value == [(key: String, value: Element)] {
        YAMLRule(expected: "a mapping") { (cursor: YAMLCursor) in
            guard case .mapping(let entries) = cursor.node.content else {
                cursor.reportMismatch(expected: "a mapping")
                return nil
            }
            guard entries.count <= countMax else {
                cursor.report("expected at most \(countMax) keys, found \(entries.count)")
                return nil
            }
            let values = entries.compactMap { entry -> (key: String, value: Element)? in
                guard let key = entry.key.text, let value = element.read(cursor.at(entry.value)) else {
                    return nil
                }
                return (key, value)
            }
            return values.count == entries.count ? values : nil
        }
    }
}
