/// A retry about to happen, for showing what a request waits for.
public struct RetryNotice: Sendable, Hashable {
    /// The number of the retry, from 1.
    public let retry: Int
    /// How long is waited before it.
    public let delay: Duration
    /// What failed; an unwanted status is an error of kind `unexpectedStatus` here.
    public let error: HTTPError
}

extension HTTPClient {
    /// Sends a request, and again while it fails for reasons that may pass.
    ///
    /// Requests that must not be repeated are tried again only when nothing had been sent. A response of a
    /// transient status is returned as it is when no try is left.
    public func send(
        _ request: HTTPRequest,
        retry: RetryPolicy,
        timing: HTTPTiming = .system,
        onRetry: (@Sendable (RetryNotice) -> Void)? = nil
    ) async throws -> HTTPResponse {
        try await retrying(request, retry, timing, onRetry) {
            let response = try await self.send(request)
            return (response, response)
        }
    }

    /// Opens a stream, and again while opening it fails for reasons that may pass.
    ///
    /// Once the head is there nothing is repeated.
    public func stream(
        _ request: HTTPRequest,
        retry: RetryPolicy,
        timing: HTTPTiming = .system,
        onRetry: (@Sendable (RetryNotice) -> Void)? = nil
    ) async throws -> HTTPStreamingResponse {
        try await retrying(request, retry, timing, onRetry) {
            let response = try await self.stream(request)
            return (response, HTTPResponse(head: response.head, body: []))
        }
    }

    private func retrying<Value>(
        _ request: HTTPRequest,
        _ policy: RetryPolicy,
        _ timing: HTTPTiming,
        _ onRetry: (@Sendable (RetryNotice) -> Void)?,
        _ attempt: () async throws -> (value: Value, response: HTTPResponse)
    ) async throws -> Value {
        var random = timing.random
        var retry = 0
        while true {
            retry += 1
            let failure: HTTPError
            let kept: Value?
            do {
                let (value, response) = try await attempt()
                guard policy.statuses.contains(response.status) else { return value }
                failure = .unexpectedStatus(response)
                kept = value
            } catch let error as HTTPError {
                failure = error
                kept = nil
            }
            guard retry < policy.attemptsMax, failure.isRetryable,
                request.mayBeRepeated || !failure.mayHaveBeenSent,
                let delay = policy.delay(after: failure, retry: retry, now: timing.now, using: &random)
            else {
                guard let kept else { throw failure }
                return kept
            }
            onRetry?(RetryNotice(retry: retry, delay: delay, error: failure))
            try await timing.clock.sleep(for: delay)
        }
    }
}

extension RetryPolicy {
    /// The delay after a failure: our own, or what the server asks for and our own on top, so that clients
    /// told the same moment don't all come at it; `nil` when the server asks for too much.
    func delay(
        after failure: HTTPError,
        retry: Int,
        now: () -> Int64,
        using random: inout any RandomNumberGenerator & Sendable
    ) -> Duration? {
        let own = delay(beforeRetry: retry, using: &random)
        guard let asked = failure.response?.headers.retryAfter(now: now()) else { return own }
        return asked <= retryAfterMax ? asked + own : nil
    }
}
