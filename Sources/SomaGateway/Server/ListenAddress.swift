/// Where the gateway listens.
package enum ListenAddress: Sendable, Hashable, CustomStringConvertible {
    /// A unix socket, by its absolute path.
    case unix(path: String)
    /// A TCP port on loopback; 0 for any that is free.
    case tcp(host: String, port: Int)

    /// How options write it.
    package var description: String {
        switch self {
        case .unix(let path): "unix:\(path)"
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
    }

    /// The address to bind, where it is one that TCP without TLS may be bound to.
    func loopback(isInsecure: Bool) throws(GatewayError) -> String? {
        guard case .tcp(let host, _) = self else { return nil }
        let known = ["127.0.0.1": "127.0.0.1", "localhost": "127.0.0.1", "::1": "::1"]
        guard let address = known[host.lowercased()] else {
            throw GatewayError(
                .unsafe,
                "Could not listen at \(self): only loopback addresses are possible until TLS is supported.",
                hint: "Use the unix socket, over SSH where it is needed elsewhere: "
                    + "ssh -L LOCAL.sock:REMOTE.sock HOST."
            )
        }
        guard isInsecure else {
            throw GatewayError(
                .unsafe,
                "Could not listen at \(self): everybody on this machine could connect, without a token.",
                hint: "Use the unix socket, or say --insecure."
            )
        }
        return address
    }
}
