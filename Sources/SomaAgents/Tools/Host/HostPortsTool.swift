import CLinux
import Glibc
import SomaCore

/// TCP ports that listen.
package struct HostPortsTool: HostTool {
    private static let listenersMax = 4096

    package init() {}

    package let specification: ToolSpecification = Self.hostTool(
        "host_ports",
        "Lists the TCP ports that listen on the host, with the address and the user that they belong to.",
        methods: ["proc", "netlink"]
    )

    func measure(_ arguments: JSON) throws(ToolError) -> ToolResult {
        let isNetlink = arguments["method"]?.string == "netlink"
        var found = isNetlink ? try netlink() : try proc()
        found.sort { ($0.port, $0.address) < ($1.port, $1.address) }
        let ports = Set(found.map(\.port)).sorted()
        let listening = found.map { listener -> JSON in
            [
                "port": JSON(listener.port), "address": .string(listener.address), "uid": JSON(listener.uid),
                "reach": .string(listener.isLoopback ? "loopback" : "any"),
            ]
        }
        let outside = Set(found.filter { !$0.isLoopback }.map(\.port)).sorted()
        return ToolResult(
            output: [
                "listening": .array(listening), "count": JSON(found.count),
                "ports": .array(ports.map { JSON($0) }), "reachable_ports": .array(outside.map { JSON($0) }),
            ],
            text: found.isEmpty
                ? "Nothing listens." : found.map { "\($0.address) port \($0.port)" }.joined(separator: "\n")
        )
    }

    struct Listener: Sendable, Hashable {
        let port: Int
        let address: String
        let uid: Int
        var isLoopback: Bool {
            address.hasPrefix("127.") || address == "::1" || address.hasPrefix("::ffff:127.")
        }
    }

    private func proc() throws(ToolError) -> [Listener] {
        var found: [Listener] = []
        for path in ["/proc/net/tcp", "/proc/net/tcp6"] {
            // Without IPv6 the second is missing.
            guard let table = ProcFile.text(path) else { continue }
            found += Self.listeners(in: table)
        }
        return found
    }

    /// The listening sockets of a `/proc/net/tcp` table: hexadecimal words in the machine's byte order.
    static func listeners(in table: String) -> [Listener] {
        table.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 7, fields[3] == "0A" else { return nil }
            let place = fields[1].split(separator: ":")
            guard place.count == 2, let port = Int(place[1], radix: 16), let uid = Int(fields[7]) else {
                return nil
            }
            var bytes: [UInt8] = []
            var rest = place[0]
            while rest.count >= 8, let word = UInt32(rest.prefix(8), radix: 16) {
                withUnsafeBytes(of: word) { bytes.append(contentsOf: $0) }
                rest = rest.dropFirst(8)
            }
            guard bytes.count == 4 || bytes.count == 16 else { return nil }
            return Listener(port: port, address: address(bytes), uid: uid)
        }
    }

    private func netlink() throws(ToolError) -> [Listener] {
        var buffer = [soma_listener](repeating: soma_listener(), count: Self.listenersMax)
        let count = soma_listeners(&buffer, Int32(buffer.count))
        guard count >= 0 else {
            throw ToolError(.failed, "The kernel did not list its sockets: \(systemMessage(-count)).")
        }
        return buffer.prefix(Int(count)).map { listener in
            let bytes = withUnsafeBytes(of: listener.address) {
                Array($0.prefix(listener.is_ipv6 != 0 ? 16 : 4))
            }
            return Listener(port: Int(listener.port), address: Self.address(bytes), uid: Int(listener.uid))
        }
    }

    private static func address(_ bytes: [UInt8]) -> String {
        var text = [CChar](repeating: 0, count: 64)
        guard inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, bytes, &text, 64) != nil else { return "?" }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
