import SomaCore

/// Timers by the time that they are due: a binary heap. Timers are not taken back; who gets one that it no
/// longer needs ignores it.
struct TimerQueue {
    struct Entry {
        let at: Timestamp
        let run: RunID
        let key: TimerKey
    }

    private var heap: [Entry] = []

    var next: Timestamp? { heap.first?.at }

    mutating func add(_ entry: Entry) {
        heap.append(entry)
        var child = heap.count - 1
        while child > 0, case let parent = (child - 1) / 2, heap[child].at < heap[parent].at {
            heap.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes out what is due.
    mutating func due(at now: Timestamp) -> [Entry] {
        var due: [Entry] = []
        while let first = heap.first, first.at <= now {
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
                if heap[child].at < heap[least].at { least = child }
            }
            guard least != parent else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
