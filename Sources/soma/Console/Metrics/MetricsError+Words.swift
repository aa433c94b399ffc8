import SomaHTTP
import SomaMetrics

extension MetricsError {
    /// Whether there was no whole answer: the place may be away, and not the question be wrong.
    var isTransport: Bool {
        if case .transport = kind { return true }
        return false
    }

    /// Whether an answer wasn't there in time.
    var isTimeout: Bool {
        guard case .transport(let failure) = kind, case .timedOut = failure else { return false }
        return true
    }

    /// What a person reads: what is wrong, and what to do.
    ///
    /// - Parameter place: What was asked, for errors that don't say; `nil` where that is known.
    func words(_ place: String?) -> String {
        let cut = kind == .tooLarge ? "; the rest was cut off" : ""
        let position = line > 0 ? " (line \(line), column \(column))" : ""
        let told = "\(message)\(position)\(cut)"
        // An exchange's failure and a status begin with the address.
        let isPlaced: Bool
        switch kind {
        case .transport, .status, .tooLarge: isPlaced = told.contains("://") || told.contains("unix:")
        default: isPlaced = false
        }
        let sentence = isPlaced ? told : (place.map { "\($0): " } ?? "") + told
        return hint.isEmpty ? "\(sentence)." : "\(sentence): \(hint)."
    }
}
