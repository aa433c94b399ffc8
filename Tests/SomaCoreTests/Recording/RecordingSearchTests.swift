import SomaTesting
import Synchronization
import Testing

@testable import SomaCore

@Suite("Search in a recording")
struct RecordingSearchTests {
    /// What the search says, the reports before the last checked on the way.
    static func found(
        _ recording: RecordingReader,
        _ filter: Filter,
        from: Int = 0,
        threads: Int = 2,
        stretchBytes: Int = 900
    ) -> SearchProgress {
        let last = Mutex(SearchProgress())
        recording.search(filter, from: from, threads: threads, stretchBytes: stretchBytes) { progress in
            last.withLock { before in
                #expect(progress.bytes >= before.bytes || before.rows > progress.rows)
                before = progress
            }
        }
        return last.withLock { $0 }
    }

    /// The same, line by line and everything decoded.
    static func reference(_ recording: RecordingReader, _ filter: Filter) -> [Int] {
        let matcher = FilterMatcher(filter)
        var words: [ContentID: String] = [:]
        var rows: [Int] = []
        var row = 0
        for line in recording.lines() {
            let bytes = recording.bytes(of: line)
            if line.kind == .content, let object = try? JSON.parse(bytes).object,
                let content = RecordedContent(object)
            {
                words[content.id] = content.text
            }
            guard line.kind == .transition else { continue }
            if let transition = try? Transition(cloudEvent: bytes) {
                if matcher.matches(TransitionSubject(transition, words: { words[$0] })) { rows.append(row) }
            } else {
                let passes = filter.terms.enumerated().allSatisfy { index, term in
                    let holds = term.field == nil && bytes.withUnsafeBufferPointer { matcher.fits(index, $0) }
                    return holds != term.isNegated
                }
                if passes { rows.append(row) }
            }
            row += 1
        }
        return rows
    }

    static func rows(_ set: MatchSet) -> [Int] { (0..<set.count).compactMap { set.row(at: $0) } }

    static func filter(_ generator: inout SyntheticGenerator) -> Filter {
        let fields = TransitionSubject.fields
        let count = Int.random(in: 1...3, using: &generator)
        return Filter(terms: (0..<count).map { _ in term(fields, &generator) })
    }

    private static func term(_ fields: FilterFields, _ generator: inout SyntheticGenerator) -> Filter.Term {
        let isNegated = generator.happens(30)
        if generator.happens(15) {
            let name = generator.pick(["seq", "took", "tokens", "cost", "attempt"])
            let low = generator.pick([0, 1, 3, 0.01, 500])
            return Filter.Term(
                field: fields[name],
                test: .number(NumberRange(low: low, isAboveLow: generator.happens(50))),
                isNegated: isNegated
            )
        }
        let names = ["run", "kind", "node", "role", "level", "name", "ok", "words", "text", "body.effect"]
        let field = generator.happens(50) ? nil : fields[generator.pick(names)]
        let words = [
            "e", "effect", "finished", "Execute", "execute", "step-1", "folder", "number 1", "true", "high",
            "measure", "zz", "\"ok\":true", "a", "Survey", "look, m", "é", "model", "0", "ää", "\\", "coder",
        ]
        let word = generator.pick(words)
        let pattern: TextPattern
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: pattern = .fuzzy(FuzzyPattern(generator.pick(["efi", "srvy", "nod", "xq"])))
        case 1:
            let source = generator.pick([
                "eff.ct", "^s", "step-\\d+", "[0-9]{3}", "number 1..", "(a|b)c", "e$",
            ])
            guard let regex = try? LinearRegex(source, mode: .lines, ignoresCase: generator.happens(50))
            else {
                fallthrough
            }
            pattern = .regex(regex)
        default: pattern = TextPattern(word: word)
        }
        return Filter.Term(field: field, test: .text([pattern]), isNegated: isNegated)
    }

    /// What differs, short enough to read.
    private static func told(
        _ recording: RecordingReader,
        _ filter: Filter,
        _ expected: [Int],
        _ found: SearchProgress
    ) -> String {
        let rows = Set(rows(found.matches)).symmetricDifference(expected)
        guard let row = rows.min(), let shown = recording.rows([row]).first else { return "no row differs" }
        let terms = filter.terms.map { term in
            let test: String
            switch term.test {
            case .number(let range): test = "\(range)"
            case .text(let patterns):
                test = patterns.map { pattern in
                    switch pattern {
                    case .literal(let needle): String(decoding: needle.bytes, as: UTF8.self)
                    case .regex(let regex): "/\(regex.source)/"
                    case .fuzzy(let fuzzy): "~\(fuzzy)"
                    }
                }.joined(separator: ",")
            }
            return "\(term.isNegated ? "!" : "")\(term.field?.name ?? "")…\(test)"
        }
        let line = shown.transition.map { String(decoding: $0.cloudEvent(), as: UTF8.self) } ?? shown.text
        return "\(terms) in row \(row): \(line)"
    }

    /// Changes lines as a foreign writer or a bad disk would.
    private static func disturbed(_ bytes: [UInt8], _ generator: inout SyntheticGenerator) -> [UInt8] {
        var text = String(decoding: bytes, as: UTF8.self)
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: text = text.replacing("effect", with: "\\u0065ffect")
        case 1: text = text.replacing("\"data\":", with: "\"data\": ").replacing(":true", with: " : true")
        case 2: text = text.replacing("folder", with: "f\\u00e9 \\/ \\n\\t\\\"é\\\\")
        case 3:
            var bytes = bytes
            for _ in 0..<4 { bytes[Int.random(in: 60..<bytes.count, using: &generator)] = 0x22 }
            return bytes
        default: break
        }
        return Array(text.utf8)
    }

    @Test("finds what looking at each decoded line finds", arguments: 0..<40)
    func equalsReference(_ part: Int) throws {
        for round in 0..<25 {
            var generator = SyntheticGenerator(seed: UInt64(part * 1000 + round))
            let events = RecordingSample.events(
                transitions: Int.random(in: 1...24, using: &generator),
                runs: 3,
                seed: generator.next()
            )
            let plain = RecordingSample.bytes(events, keyframeBytesMin: 1024)
            let bytes = generator.happens(60) ? plain : Self.disturbed(plain, &generator)
            guard let recording = try? RecordingReader(bytes: bytes) else { continue }
            for _ in 0..<4 {
                let filter = Self.filter(&generator)
                let expected = Self.reference(recording, filter)
                let from = Int.random(in: 0...events.count, using: &generator)
                let stretch = Int.random(in: 1...6000, using: &generator)
                let found = Self.found(recording, filter, from: from, stretchBytes: stretch)
                #expect(
                    Self.rows(found.matches) == expected,
                    "\(Self.told(recording, filter, expected, found))"
                )
                #expect(found.isDone)
            }
        }
    }

    @Test("looks from the place in sight first, and tells the rest afterwards")
    func fromPlace() throws {
        let events = RecordingSample.events(transitions: 400, runs: 4)
        let recording = try RecordingReader(bytes: RecordingSample.bytes(events, keyframeBytesMin: 2048))
        let middle = try #require(recording.index.keyframes.dropFirst(3).first?.transitions)
        let reports = Mutex<[SearchProgress]>([])
        recording.search(Filter(), from: middle, threads: 1, stretchBytes: 500) { progress in
            reports.withLock { $0.append(progress) }
        }
        let told = reports.withLock { $0 }
        #expect(told.first { $0.matches.count > 0 }?.matches.row(at: 0) == middle)
        #expect(told.last?.matches.count == 400)
        #expect(told.last?.isDone == true)
        #expect(told.last?.bytes == recording.byteCount)
    }

    @Test("stops when nobody waits any more, and says nothing afterwards")
    func cancels() throws {
        let events = RecordingSample.events(transitions: 400, runs: 4)
        let recording = try RecordingReader(bytes: RecordingSample.bytes(events))
        let asked = Mutex(0)
        let told = Mutex(0)
        recording.search(
            Filter(),
            threads: 1,
            stretchBytes: 100,
            isCancelled: {
                asked.withLock {
                    $0 += 1
                    return $0 > 20
                }
            },
            tell: { progress in
                #expect(!progress.isDone)
                told.withLock { $0 += 1 }
            }
        )
        #expect(asked.withLock { $0 } < 60)
        #expect(told.withLock { $0 } >= 1)
    }

    @Test("rows are read one by one, wherever they are")
    func reads() throws {
        let events = RecordingSample.events(transitions: 300, runs: 5)
        let transitions = RecordingSample.transitions(events)
        let recording = try RecordingReader(bytes: RecordingSample.bytes(events, keyframeBytesMin: 2048))
        let wanted = [0, 1, 150, 151, 299, 7, 300, -1]
        let rows = recording.rows(wanted)
        #expect(rows.map(\.row) == [0, 1, 150, 151, 299, 7])
        #expect(rows.map(\.transition) == [0, 1, 150, 151, 299, 7].map { transitions[$0] })
        let cursor = recording.cursor(at: .offset(rows[2].end))
        #expect(cursor.transitions == 151)
    }

    @Test("a line that can't be read is a row with its text, and is found by it")
    func unreadable() throws {
        let events = RecordingSample.events(transitions: 20, runs: 1)
        var text = String(decoding: RecordingSample.bytes(events, isFinished: false), as: UTF8.self)
        text += "{\"specversion\":\"1.0\",\"id\":\"broken zebra\n"
        let recording = try RecordingReader(bytes: Array(text.utf8))
        let zebra = Filter(terms: [.init(test: .text([TextPattern(word: "zebra")]))])
        #expect(Self.rows(Self.found(recording, zebra).matches) == [20])
        let row = try #require(recording.rows([20]).first)
        #expect(row.transition == nil)
        #expect(row.text.hasSuffix("broken zebra"))
    }
}

@Suite("A set of matches")
struct MatchSetTests {
    @Test("counts, orders and finds neighbours as a sorted list does", arguments: 0..<20)
    func equalsList(_ seed: Int) {
        var generator = SyntheticGenerator(seed: UInt64(seed))
        let size = [10, 64, 5_000, 40_000][seed % 4]
        let list = Set((0..<size / 3).map { _ in Int.random(in: 0..<size, using: &generator) }).sorted()
        let set = MatchSet(list.shuffled(using: &generator))
        #expect(set.count == list.count)
        #expect((0..<list.count).map { set.row(at: $0) } == list)
        #expect(set.row(at: -1) == nil)
        #expect(set.row(at: list.count) == nil)
        for _ in 0..<100 {
            let row = Int.random(in: -2...size + 70, using: &generator)
            #expect(set.contains(row) == list.contains(row))
            #expect(set.count(before: row) == list.count { $0 < row })
            #expect(set.next(after: row) == list.first { $0 > row })
            #expect(set.previous(before: row) == list.last { $0 < row })
        }
    }

    @Test("a set of nothing has no rows")
    func empty() {
        let set = MatchSet()
        #expect(set.count(before: 100) == 0)
        #expect(set.next(after: 0) == nil)
        #expect(set.previous(before: 100) == nil)
    }
}
