import SomaTerminal

extension DocumentLine {
    /// From how many bytes on a line may be a part of a longer one.
    private static let partBytesMin = 984

    /// The line with the addresses of the web in it as such; what it looks like stays the same.
    /// - Parameter isCut: Whether the text goes on where it ends here, so that an address there isn't whole.
    func linking(isCut: Bool = false) -> DocumentLine {
        guard spans.contains(where: { $0.text.utf8.contains(UInt8(ascii: ":")) }) else { return self }
        let text = text
        var ranges = WebAddress.ranges(in: text)
        let bytes = Array(text.utf8)
        // What stands before a blank is whole.
        if let last = ranges.last, isCut || bytes.count >= Self.partBytesMin,
            !bytes[last.upperBound...].contains(0x20)
        {
            ranges.removeLast()
        }
        guard !ranges.isEmpty else { return self }
        var linked: [Span] = []
        var offset = 0
        for span in spans {
            let end = offset + span.text.utf8.count
            var place = offset
            func take(to stop: Int, _ address: String?) {
                guard stop > place else { return }
                var part = span
                part.text = String(decoding: bytes[place..<stop], as: UTF8.self)
                part.address = address
                linked.append(part)
                place = stop
            }
            for range in ranges where range.overlaps(offset..<end) {
                take(to: range.lowerBound, nil)
                take(to: min(end, range.upperBound), String(decoding: bytes[range], as: UTF8.self))
            }
            take(to: end, nil)
            offset = end
        }
        var line = self
        line.spans = linked
        return line
    }
}
