extension RecordingReader {
    /// Reads everything forwards: transitions, and the fleets that it begins with or begins anew with. Other lines are
    /// passed over. Makes no fold, and holds one line at a time.
    ///
    /// - Parameter body: Takes an event; `false` stops.
    package func forEachFact(_ body: (RecordingEvent) throws -> Bool) rethrows {
        var scan = RecordingScan(source)
        while let line = scan.advance() {
            guard line.kind == .transition || line.kind == .keyframe else { continue }
            guard case .event(let event) = scan.item(line) else { continue }
            guard try body(event) else { break }
        }
        report(scan.problems)
    }
}
