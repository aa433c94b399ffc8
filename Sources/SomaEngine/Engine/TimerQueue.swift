import SomaCore

/// Timers by the time that they are due, on the clock that only goes forward: a binary heap. Timers are not taken
/// back; who gets one that it no longer needs ignores it.
struct TimerQueue {
    struct Entry {
        let due: Duration
        let run: RunID
        let key: TimerKey
    }

    private var heap: [Entry] = []

    var next: Duration? { heap.first?.due }

    mutating func add(_ entry: Entry) {
        heap.append(entry)
        var child = heap.count - 1
        while child > 0, case let parent = (child - 1) / 2, heap[child].due < heap[parent].due {
            heap.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes out what is due.
    mutating func due(at elapsed: Duration) -> [Entry] {
        var due: [Entry] = []
        while let first = heap.first, first.due <= elapsed {
            due.append(first)
            let last = heap.removeLast()
            guard !heap.isEmpty else { break }
            heap[0] = last
            sink()
        }
        return due
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
                if heap[child].due < heap[least].due { least = child }
            }
            guard least != parent else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
