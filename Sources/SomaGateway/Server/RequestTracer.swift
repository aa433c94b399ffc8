package import SomaCore

/// Has spans made of requests.
package protocol RequestTracer: Sendable {
    /// Which traces are exported.
    var sampling: TraceSampling { get }
    /// A request that is recorded was answered; a stream has ended. Must be quick, and never wait.
    func ended(_ request: RequestFacts)
}
