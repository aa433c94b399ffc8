/// A queue whose front is taken without moving the rest.
///
/// Inlinable, because a loop takes several elements for each statement and each answer.
package struct Fifo<Element> {
    @usableFromInline var elements: [Element?] = []
    @usableFromInline var head = 0

    @inlinable package init() {}

    @inlinable package var count: Int { elements.count - head }
    @inlinable package var isEmpty: Bool { count == 0 }
    @inlinable package var first: Element? { head < elements.count ? elements[head] : nil }

    /// The elements, the front first.
    package var all: [Element] { elements[head...].compactMap { $0 } }

    @inlinable package mutating func append(_ element: Element) { elements.append(element) }

    package mutating func prepend(_ element: Element) {
        if head > 0 {
            head -= 1
            elements[head] = element
        } else {
            elements.insert(element, at: 0)
        }
    }

    @inlinable package mutating func popFirst() -> Element? {
        guard head < elements.count else { return nil }
        let element = elements[head]
        elements[head] = nil
        head += 1
        // Moving the rest now and then costs a constant for each element.
        if head > 32, head * 2 > elements.count {
            elements.removeFirst(head)
            head = 0
        }
        return element
    }

    package mutating func removeAll(where matches: (Element) -> Bool) -> [Element] {
        let removed = all.filter(matches)
        if !removed.isEmpty {
            elements = all.filter { !matches($0) }
            head = 0
        }
        return removed
    }

    package mutating func removeAll() -> [Element] { removeAll { _ in true } }
}
