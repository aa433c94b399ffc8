/// A queue whose front is taken without moving the rest.
struct Fifo<Element> {
    private var elements: [Element?] = []
    private var head = 0

    var count: Int { elements.count - head }
    var isEmpty: Bool { count == 0 }
    var first: Element? { head < elements.count ? elements[head] : nil }

    /// The elements, the front first.
    var all: [Element] { elements[head...].compactMap { $0 } }

    mutating func append(_ element: Element) { elements.append(element) }

    mutating func prepend(_ element: Element) {
        if head > 0 {
            head -= 1
            elements[head] = element
        } else {
            elements.insert(element, at: 0)
        }
    }

    mutating func popFirst() -> Element? {
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

    mutating func removeAll(where matches: (Element) -> Bool) -> [Element] {
        let removed = all.filter(matches)
        if !removed.isEmpty {
            elements = all.filter { !matches($0) }
            head = 0
        }
        return removed
    }

    mutating func removeAll() -> [Element] { removeAll { _ in true } }
}
