import SomaCore

/// Finds the route of a request.
struct Router: Sendable {
    /// What was found.
    enum Match: Sendable {
        /// The route and the open parts of its path.
        case route(Route, [String: String])
        /// The path exists, for these methods.
        case methods([String])
        /// There is no such path.
        case none
    }

    let routes: [Route]

    /// A router for some of the paths.
    func only(_ patterns: Set<String>) -> Router {
        Router(routes: routes.filter { patterns.contains($0.pattern) })
    }

    /// The route for a method and the parts of a path.
    func match(_ method: String, _ path: [String]) -> Match {
        var methods: [String] = []
        // HEAD is answered as GET is, without the body.
        let wanted = method == "HEAD" ? "GET" : method
        for route in routes {
            guard let parameters = route.match(path) else { continue }
            let name = route.method.rawValue.uppercased()
            if name == wanted { return .route(route, parameters) }
            methods += name == "GET" ? ["GET", "HEAD"] : [name]
        }
        return methods.isEmpty ? .none : .methods(methods + ["OPTIONS"])
    }
}

/// Reads the target of a request.
enum Target {
    /// Bytes of a target: 500 names of content are 16,500.
    static let bytesMax = 20_480

    /// The parts of a path and the members of its query; `nil` where it is malformed.
    static func parse(_ target: String) -> (path: [String], query: [String: String])? {
        guard target.hasPrefix("/") else { return nil }
        let halves = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var path: [String] = []
        for part in halves[0].split(separator: "/") {
            guard let part = decode(part, plusIsSpace: false) else { return nil }
            path.append(part)
        }
        var query: [String: String] = [:]
        if halves.count > 1 {
            for member in halves[1].split(separator: "&") {
                let pair = member.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard let name = decode(pair[0], plusIsSpace: true),
                    let value = decode(pair.count > 1 ? pair[1] : "", plusIsSpace: true)
                else { return nil }
                query[name] = value
            }
        }
        return (path, query)
    }

    private static func decode(_ text: Substring, plusIsSpace: Bool) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit),
                    high << 4 | low != 0
                else { return nil }
                bytes.append(high << 4 | low)
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(0x20)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }
}
