/// How often and how patiently metrics are asked for.
struct MetricsPace: Sendable {
    /// How long an answer may take as a whole. With the pause between two questions it is below five seconds: so soon is
    /// told of what is away or doesn't go on.
    var timeout = Duration.milliseconds(3_500)
    /// How soon after one question the next may follow.
    var interval = Duration.seconds(1)
    /// How soon after the first failure it is tried again; the pause doubles with each.
    var retry = Duration.seconds(1)
    /// The longest pause after failures.
    var retryMax = Duration.seconds(5)

    /// The pause after a failure.
    /// - Parameter failures: How many there were in a row; from 1.
    func pause(after failures: Int) -> Duration {
        min(retryMax, retry * (1 << min(8, max(0, failures - 1))))
    }
}
