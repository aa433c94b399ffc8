import SomaCore
import Synchronization

/// Where each transition of a recording is, of which run, and which are worth jumping to.
///
/// 12 bytes a transition. Made by one pass over the lines, most of which it tells apart by their first bytes.
struct RecordingTable: Sendable {
    /// The run of each transition, as its place in the recording's index; -1 for one that the index doesn't have.
    private(set) var runs: [Int32] = []
    /// Where each transition's line starts, in bytes.
    private(set) var offsets: [Int] = []
    /// Which transitions, counted from 0, have a mark.
    private(set) var marks: [(mark: TimeMark, place: Int32, at: Timestamp)] = []
    private let places: [RunID: Int32]

    private static let usual = Array("{\"specversion\":\"1.0\",\"id\":\"".utf8)
    private static let source = Array(",\"source\":\"/runs/".utf8)
    private static let type = Array("\",\"type\":\"".utf8)

    init(_ reader: RecordingReader) {
        places = Dictionary(
            reader.index.runs.enumerated().map { ($1.state.id, Int32($0)) },
            uniquingKeysWith: { first, _ in first }
        )
        read(reader, trustsLooks: true)
        // Lines that look like transitions and are none would put all after them in the wrong place.
        if runs.count != reader.index.transitions { read(reader, trustsLooks: false) }
    }

    private mutating func read(_ reader: RecordingReader, trustsLooks: Bool) {
        runs = []
        offsets = []
        marks = []
        runs.reserveCapacity(reader.index.transitions)
        offsets.reserveCapacity(reader.index.transitions)
        var byName: [[UInt8]: Int32] = [:]
        for (id, place) in places { byName[Array(id.rawValue.utf8)] = place }
        var latest: (name: [UInt8], place: Int32)?
        for line in reader.lines() where line.kind == .transition {
            let place: Int32? = reader.withBytes(of: line) { bytes in
                guard trustsLooks, let looks = Looks(bytes) else { return nil }
                if TimeMark.mayMark(looks.kind) { return nil }
                if let latest, looks.name.elementsEqual(latest.name) { return latest.place }
                let name = Array(looks.name)
                guard let place = byName[name] else { return nil }
                latest = (name, place)
                return place
            }
            if let place {
                runs.append(place)
                offsets.append(line.bytes.lowerBound)
                continue
            }
            let read = reader.withBytes(of: line) { Transition.read($0) }
            guard case .success(let transition) = read else { continue }
            if let mark = TimeMark(transition) { marks.append((mark, Int32(runs.count), transition.at)) }
            runs.append(places[transition.run] ?? -1)
            offsets.append(line.bytes.lowerBound)
        }
    }

    /// A line's run and kind as its first bytes tell them; `nil` where it isn't written as we write.
    private struct Looks {
        var name: Slice<UnsafeBufferPointer<UInt8>>
        var kind: TransitionKind

        init?(_ line: UnsafeBufferPointer<UInt8>) {
            guard line.starts(with: usual) else { return nil }
            let rest = line[usual.count...]
            guard let end = rest.firstIndex(where: { $0 == 0x22 || $0 == 0x5C }), line[end] == 0x22,
                let slash = rest[..<end].lastIndex(of: 0x2F)
            else { return nil }
            name = rest[..<slash]
            let after = line[(end + 1)...]
            guard after.starts(with: source), after.dropFirst(source.count).starts(with: name) else {
                return nil
            }
            let tail = after.dropFirst(source.count + name.count)
            guard tail.starts(with: type), line.last == 0x7D else { return nil }
            let start = tail.startIndex + type.count
            guard let close = line[start...].firstIndex(of: 0x22),
                let kind = TransitionKind(known: UnsafeBufferPointer(rebasing: line[start..<close]))
            else { return nil }
            self.kind = kind
        }
    }

    /// How many transitions come before a byte.
    func count(before offset: Int) -> Int {
        var (low, high) = (0, offsets.count)
        while low < high {
            let middle = (low + high) / 2
            if offsets[middle] < offset { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// How many transitions there are up to the next or last one of a run, seen from after `count` of them.
    func event(of run: RunID, from count: Int, forwards: Bool) -> Int? {
        guard let place = places[run] else { return nil }
        if forwards { return runs[min(count, runs.count)...].firstIndex(of: place).map { $0 + 1 } }
        // Before the run's last event, so that it is undone.
        return runs[..<min(max(0, count - 1), runs.count)].lastIndex(of: place).map { $0 + 1 }
    }

    /// How many transitions there are up to the next or last mark, seen from after `count` of them.
    func mark(_ mark: TimeMark, from count: Int, forwards: Bool) -> Int? {
        let found =
            forwards
            ? marks.first { $0.mark == mark && Int($0.place) >= count }
            : marks.last { $0.mark == mark && Int($0.place) < count - 1 }
        return found.map { Int($0.place) + 1 }
    }

    /// The lines of a run's transitions.
    func offsets(of run: RunID) -> [Int] {
        guard let place = places[run] else { return [] }
        var found: [Int] = []
        for (index, owner) in runs.enumerated() where owner == place { found.append(offsets[index]) }
        return found
    }
}

/// What can be looked up in a recording from any thread, while its cursor moves on another.
final class RecordingLookup: Sendable {
    let reader: RecordingReader
    private let made = Mutex<RecordingTable?>(nil)

    init(_ reader: RecordingReader) { self.reader = reader }

    /// The table; the first call makes it.
    var table: RecordingTable {
        made.withLock { made in
            let table = made ?? RecordingTable(reader)
            made = table
            return table
        }
    }

    /// All transitions of one run, at most as many as a journal keeps: of more the newest.
    func log(of run: RunID) -> [Transition] {
        var log: [Transition] = []
        for offset in table.offsets(of: run).suffix(Journal.transitionsMax) {
            var lines = reader.lines(from: offset)
            guard let line = lines.next(),
                case .success(let transition) = reader.withBytes(of: line, { Transition.read($0) }),
                transition.run == run, transition.seq > log.last?.seq ?? 0
            else { continue }
            log.append(transition)
        }
        return log
    }

    /// The words behind ids.
    func words(_ ids: [ContentID]) -> [ContentID: WordsState] {
        let found = ids.map { id in (id, Self.state(reader.content(id))) }
        return Dictionary(found, uniquingKeysWith: { first, _ in first })
    }

    /// What the strip shows, with what only reading all of it tells.
    func overview() -> ReplayOverview {
        let index = reader.index
        // An index counts by the second at the finest, which is too coarse for what took moments.
        if index.transitions <= Self.fineMax, index.buckets.count <= ReplayOverview.stretches / 2 {
            var cursor = reader.cursor()
            var log: [Transition] = []
            while let event = cursor.next() {
                if case .transition(let transition) = event { log.append(transition) }
            }
            return ReplayOverview(log: log[...])
        }
        var overview = ReplayOverview(index)
        overview.note(people: table.marks.lazy.filter { $0.mark == .person }.map(\.at))
        return overview
    }

    /// Up to how many transitions a recording's time is counted anew, finer.
    private static let fineMax = 5_000

    private static func state(_ content: RecordedContent?) -> WordsState {
        guard let content else { return .missing }
        switch content.state {
        case .open: return WordsState(content.text)
        case .sealed: return .sealed
        case .erased: return .erased
        }
    }
}
