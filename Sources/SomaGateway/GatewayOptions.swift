/// Bounds of the gateway.
package struct GatewayOptions: Sendable {
    /// Bytes of a request's body.
    package var bodyBytesMax = 4 << 20
    /// Bytes of a request's header fields and target together; 500 names of content are 17 KB.
    package var headerBytesMax = 32 << 10
    /// How long a request's body may take to arrive.
    package var bodyWithin: Duration = .seconds(30)
    /// How long a request's head may take to arrive, and again for each KiB of it that has.
    package var headBase: Duration = .seconds(1)
    /// How long a request's head may take at most.
    package var headMax: Duration = .seconds(10)
    /// Bytes of the bodies of all requests that are arriving.
    package var bodiesBytesMax = 64 << 20
    /// Connections at the same time; further ones are closed at once.
    package var connectionsMax = 4096
    /// Clients of the stream at the same time.
    package var streamsMax = 1024
    /// Requests under way at the same time, streams not counted.
    package var requestsMax = 512
    /// Runs that have not ended.
    package var runsActiveMax = 1000
    /// Whether a run's folder has to be there on this machine.
    package var checksWorkspace = true
    /// How often a silent stream says that it is alive.
    package var heartbeat: Duration = .seconds(15)
    /// How long a client of the stream may take nothing before it is cut.
    package var stallMax: Duration = .seconds(30)
    /// How long a request waits for the runs to be taken up after a start.
    package var readyWithin: Duration = .seconds(10)
    /// How long a connection without a request stays.
    package var idleMax: Duration = .seconds(60)

    /// The defaults.
    package init() {}
}
