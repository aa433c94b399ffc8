import SomaCore
import SomaTerminal

/// Marks: letters for places, set with `m` and gone to with `'`.
extension AppState {
    /// Asks for the letter.
    mutating func awaitMark(_ purpose: MarkPurpose) {
        guard purpose == .set || !habits.marks.isEmpty else {
            notice = Notice("There are no marks; m and a letter set one.")
            return
        }
        habits.awaitsMark = purpose
        notice = Notice(purpose == .set ? "mark: a letter, or esc" : "go to: \(markList)")
    }

    /// Takes the key that is to be a letter.
    mutating func takeMark(_ key: Key, _ purpose: MarkPurpose) {
        habits.awaitsMark = nil
        notice = nil
        guard key.code != .escape else { return }
        guard case .character(let letter) = key.code, key.modifiers == [], Self.isMark(letter) else {
            notice = Notice("A mark is a letter; \(key) is none.", .bad)
            return
        }
        switch purpose {
        case .set: setMark(letter)
        case .go: goToMark(letter)
        }
    }

    /// Whether a mark can have that name.
    static func isMark(_ letter: Character) -> Bool { letter.isASCII && letter.isLetter }

    /// Gives the place in sight a letter.
    mutating func setMark(_ letter: Character) {
        let place = Place(view, walk: walked.flatMap { $0.run == view.run ? $0 : nil })
        habits.marks[letter] = place
        notice = Notice("\(letter) marks \(place.title)", .good)
    }

    /// Goes to a letter's place.
    mutating func goToMark(_ letter: Character) {
        guard let place = habits.marks[letter] else {
            notice = Notice("There is no mark \(letter); there are: \(markList)", .bad)
            return
        }
        if let run = place.route.run, fleet[run] == nil {
            notice = Notice("The run \(run.short) of mark \(letter) is not here.", .bad)
            return
        }
        show(place.route)
        // In a recording, the strip's place is the time of everything.
        walked = replay == nil ? place.walk : nil
    }

    /// The letters with their places.
    var markList: String {
        habits.marks.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.title)" }.joined(separator: ", ")
    }
}

extension Place {
    /// What the place is called.
    var title: String { walk.map { "\(route.title) at \($0.seq)" } ?? route.title }
}
