extension Array where Element: Sendable {
    /// Does something with each, several at once.
    /// - Returns: What it gave, in their order.
    func mapped<Value: Sendable>(
        atOnce concurrency: Int,
        _ work: @escaping @Sendable (Element) async -> Value
    ) async -> [Value] {
        await withTaskGroup(of: (Int, Value).self) { group in
            var rest = enumerated().makeIterator()
            func begin() {
                guard let (index, item) = rest.next() else { return }
                group.addTask { (index, await work(item)) }
            }
            for _ in 0..<concurrency { begin() }
            var values: [Int: Value] = [:]
            while let (index, value) = await group.next() {
                values[index] = value
                begin()
            }
            return indices.compactMap { values[$0] }
        }
    }
}
