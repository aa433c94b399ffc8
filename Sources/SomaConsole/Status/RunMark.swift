package import SomaCore
package import SomaTerminal

/// How a state looks, everywhere: one glyph, one letter, one colour, one word.
package enum RunMark: Sendable, Hashable, CaseIterable {
    case running, needsPerson, waiting, done, failed, cancelled, inDoubt, stale, unknown

    /// The glyph, or the letter where only ASCII can be shown.
    package func sign(_ glyphs: GlyphSet) -> Character {
        switch self {
        case .running: glyphs.pick("●", "R")
        case .needsPerson: glyphs.pick("◆", "!")
        case .waiting: glyphs.pick("◌", "w")
        case .done: glyphs.pick("✓", ".")
        case .failed: glyphs.pick("✗", "x")
        case .cancelled: glyphs.pick("⊘", "-")
        case .inDoubt: "?"
        case .stale: glyphs.pick("◍", "~")
        case .unknown: glyphs.pick("·", "_")
        }
    }

    /// The style's role.
    package var role: ThemeRole {
        switch self {
        case .running: .statusRunning
        case .needsPerson: .statusNeedsPerson
        case .waiting: .statusWaiting
        case .done: .statusDone
        case .failed: .statusFailed
        case .cancelled, .unknown: .statusCancelled
        case .inDoubt: .statusInDoubt
        case .stale: .statusStale
        }
    }
}

/// A run's state in a mark and a word of at most six letters.
package struct RunStanding: Sendable, Hashable {
    /// The mark.
    package var mark: RunMark
    /// The word beside it.
    package var word: String

    /// How a run stands.
    /// - Parameters:
    ///   - run: The run.
    ///   - isStale: Whether its holder has been silent for too long.
    package init(_ run: RunState, isStale: Bool = false) {
        switch run.status {
        case .unknown: self.init(mark: .unknown, word: "new")
        case .completed: self.init(mark: .done, word: "done")
        case .failed: self.init(mark: .failed, word: "failed")
        case .cancelled: self.init(mark: .cancelled, word: "cancel")
        case .running, .paused:
            if let waiting = run.waiting {
                self.init(waiting.reason, isStale: isStale)
            } else if isStale {
                self.init(mark: .stale, word: "stale")
            } else {
                self.init(mark: .running, word: "run")
            }
        }
    }

    /// How a run that waits stands.
    package init(_ reason: Waiting.Reason, isStale: Bool = false) {
        switch reason {
        case .doubt: self.init(mark: .inDoubt, word: "doubt")
        case .person: self.init(mark: .needsPerson, word: "needs")
        case .budget: self.init(mark: .needsPerson, word: "budget")
        case .pause: self.init(mark: .waiting, word: "paused")
        case .tool: self.init(mark: isStale ? .stale : .waiting, word: "tool")
        case .model: self.init(mark: isStale ? .stale : .waiting, word: "model")
        case .child: self.init(mark: .waiting, word: "child")
        case .timer: self.init(mark: .waiting, word: "retry")
        }
    }

    package init(mark: RunMark, word: String) {
        self.mark = mark
        self.word = word
    }
}
