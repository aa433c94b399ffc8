import SomaHTTP

extension DaemonClient {
    /// Asks, and gives up where the daemon answers nothing any more, which a port of something else that only takes
    /// connections doesn't do either.
    ///
    /// How long an answer takes doesn't tell: a daemon may wait a minute for its store. It answers for its health meanwhile.
    ///
    /// - Throws: What `ask` throws, or `ClientError` where the daemon is silent.
    func unlessSilent(_ ask: @escaping @Sendable () async throws -> HTTPResponse) async throws -> HTTPResponse
    {
        try await withThrowingTaskGroup(of: HTTPResponse?.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await ask() }
            group.addTask {
                try await noticeSilence()
                return nil
            }
            while let response = try await group.next() {
                if let response { return response }
            }
            throw CancellationError()
        }
    }

    /// Returns never; throws as soon as the daemon says nothing to anybody.
    private func noticeSilence() async throws {
        let rest = patience * 3 / 5
        let limit = patience - rest
        while true {
            try await Task.sleep(for: rest)
            var question = address.request(.get, "/healthz")
            question.timeouts = HTTPTimeouts(connect: limit, firstByte: limit, total: limit)
            do {
                _ = try await http.send(question)
            } catch let error as HTTPError {
                // Whatever else goes wrong, what was asked first meets it, too, and tells it better.
                guard case .timedOut = error.kind else { continue }
                throw ClientError(
                    .noDaemon,
                    "What listens at \(address) has not answered for \(patience.components.seconds) s. See what it is, and "
                        + "whether it is busy or stopped, or name another daemon with --daemon.",
                    isUnanswered: true,
                    isSilent: true
                )
            }
        }
    }
}
