import SomaCore

/// One row of a waterfall.
public struct TraceRow: Sendable, Hashable {
    /// The span's place among the trace's.
    public var span: Int
    /// How deep it is, 0 for a root.
    public var depth: Int
    /// The service that it ran in.
    public var service: String
    /// What was done.
    public var name: String
    /// Nanoseconds since the trace's start.
    public var start: Int64
    /// Nanoseconds.
    public var duration: Int64
    /// How much of it none of its children went on.
    public var selfTime: Int64
    /// How much of it was waited for, itself.
    public var critical: Int64
    /// Whether it failed itself.
    public var hasFailed: Bool
    /// How many spans inside it failed, itself not counted.
    public var failuresBelow: Int
    /// How many spans are inside it.
    public var spansBelow: Int
    /// Whether what is inside is hidden.
    public var isCollapsed: Bool
    /// How many events happened within it.
    public var events: Int
    /// Whether something is odd about it.
    public var hasWarnings: Bool
}

extension TraceWaterfall {
    /// Some rows, in order; what is beyond the last one is left out.
    public func rows(_ range: Range<Int>) -> [TraceRow] {
        let range = range.clamped(to: 0..<visible.count)
        return visible[range].map { row(for: Int($0)) }
    }

    /// The row that a span has or would have.
    public func row(for index: Int) -> TraceRow {
        let span = trace.set.spans[index]
        return TraceRow(
            span: index,
            depth: Int(tree.depths[index]),
            service: trace.service(of: span),
            name: span.name,
            start: starts[index].subtractingClamped(start),
            duration: span.duration,
            selfTime: selfTimes[index],
            critical: path.times[index],
            hasFailed: span.hasFailed,
            failuresBelow: Int(failures[index]) - (span.hasFailed ? 1 : 0),
            spansBelow: Int(tree.sizes[index]) - 1,
            isCollapsed: collapsed.contains(Int32(index)),
            events: span.events.count,
            hasWarnings: !warnings(of: index).isEmpty
        )
    }

    /// The spans that a text is found in, in drawing order, whether they are shown or not.
    ///
    /// Searched are the name, the service, the id, the status' message, names and values of attributes and of events,
    /// without regard to the case of ASCII letters. `name=value` finds attributes of exactly that name and value too.
    public func search(_ text: String) -> [Int] {
        let needle = [UInt8](text.utf8).map(\.lowercased)
        guard !needle.isEmpty else { return [] }
        let pair = text.split(separator: "=", maxSplits: 1).map(String.init)
        func matches(_ text: String) -> Bool {
            var text = text
            return text.withUTF8 { $0.contains(needle) }
        }
        func matches(_ attributes: [Attribute]) -> Bool {
            attributes.contains { attribute in
                matches(attribute.key) || matches(attribute.value.text)
                    || pair.count == 2 && attribute.key == pair[0] && attribute.value.text == pair[1]
            }
        }
        let services = trace.set.resources.map { matches($0.service) }
        return tree.order.compactMap { index in
            let span = trace.set.spans[Int(index)]
            let isFound =
                matches(span.name)
                || services.indices.contains(Int(span.resource)) && services[Int(span.resource)]
                || matches(trace.name(of: span.id)) || matches(span.message) || matches(span.attributes)
                || span.events.contains { matches($0.name) || matches($0.attributes) }
            return isFound ? Int(index) : nil
        }
    }
}

extension UInt8 {
    fileprivate var lowercased: UInt8 { self >= 0x41 && self <= 0x5A ? self + 0x20 : self }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether bytes in lower case are in here, whatever the case of ASCII letters here.
    fileprivate func contains(_ needle: [UInt8]) -> Bool {
        guard count >= needle.count else { return false }
        for start in 0...(count - needle.count) where self[start].lowercased == needle[0] {
            var index = 1
            while index < needle.count, self[start + index].lowercased == needle[index] { index += 1 }
            if index == needle.count { return true }
        }
        return false
    }
}
