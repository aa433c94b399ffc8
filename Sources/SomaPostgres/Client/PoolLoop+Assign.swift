import SomaLoop

/// Who gets which connection.
extension PoolLoop {
    /// A statement that runs longer than this gets no company on its connection.
    private static let slow = Duration.milliseconds(20)
    /// Connections that are opened at the same time, so that a server that comes back isn't run over.
    private static let openingAtOnce = 4

    private var pooled: [Session] {
        sessions.values.filter { !$0.isListening }
    }

    /// Hands out connections until none fits or nobody waits, and opens more where that helps.
    func assign() {
        grantLeases()
        while let flight = queue.first {
            guard let session = sessionForAnybody() else { break }
            _ = queue.popFirst()
            if flight.isCancelled {
                flight.finish(.cancelledBeforeSending)
            } else {
                _ = put(flight, on: session)
            }
        }
        openMore()
    }

    /// An idle one; else, once no more can be opened, the one with the least on its way.
    private func sessionForAnybody() -> Session? {
        let usable = sessions.values.filter { $0.isShared && $0.isSettled }
        if let idle = usable.first(where: { $0.segments.isEmpty }) { return idle }
        if mayOpen || opening > 0, pooled.count + opening <= options.poolSize { return nil }
        let now = ContinuousClock.now
        return
            usable
            .filter { $0.segments.count < options.pipelineDepth && now - $0.headSince < Self.slow }
            .min { $0.segments.count < $1.segments.count }
    }

    private func grantLeases() {
        for session in sessions.values where session.isReserved { session.use = .shared }
        while let (request, _) = leases.first {
            guard let session = sessions.values.first(where: { $0.isShared && $0.isIdle }) else {
                break
            }
            _ = leases.popFirst()
            session.use = .leased(request.id)
            if !request.reply.finish(.success(())) { session.use = .shared }
        }
        // Those that are busy take nothing new until they are free for who waits.
        guard !leases.isEmpty, !mayOpen else { return }
        let busy = sessions.values.filter { $0.isShared }.sorted {
            $0.segments.count < $1.segments.count
        }
        for session in busy.prefix(leases.count) { session.use = .reserved }
    }

    private var mayOpen: Bool {
        opening < Self.openingAtOnce && pooled.count + opening < options.poolSize
            && ContinuousClock.now >= nextAttempt
    }

    private func openMore() {
        var wanted = queue.count + leases.count - opening
        while wanted > 0, mayOpen {
            wanted -= 1
            open(listener: nil)
        }
    }

    // MARK: Connecting

    func open(listener: UInt64?) {
        let (mailbox, options, connectors) = (mailbox, options, connectors)
        if listener == nil { opening += 1 }
        connectors.begins()
        let isStarted = Connector.start(options, isAbandoned: { mailbox.isClosed }) { result in
            if !mailbox.post(.connected(result, listener: listener)), case .success(let handle) = result {
                Session(id: 0, handle: handle, options: options).close()
            }
            connectors.ends()
        }
        if !isStarted {
            connectors.ends()
            let error = PostgresError(
                .connectionFailed,
                message: "no thread can be started",
                hint: "check the limits on memory and threads"
            )
            connected(.failure(error), listener: listener)
        }
    }

    func connected(_ result: Result<ConnectedHandle, PostgresError>, listener: UInt64?) {
        if listener == nil { opening -= 1 }
        switch result {
        case .success(let handle):
            let session = add(handle)
            counts.opened += 1
            hasConnected = true
            lastFailure = nil
            backoff.reset()
            if let listener { startListening(listener, on: session) }
        case .failure(let error):
            counts.failed += 1
            lastFailure = error
            if let listener {
                listenerLost(listener)
                return
            }
            nextAttempt = ContinuousClock.now + backoff.next(random: &random)
            // Somebody has to change something, or this address never worked: waiting would only hide it.
            // A server that is only starting is worth a while.
            let isNew = !hasConnected && error.kind != .operatorIntervention
            if pooled.isEmpty, error.isPermanent || isNew { failWaiting(error) }
        }
    }

    private func failWaiting(_ error: PostgresError) {
        for flight in queue.removeAll() { flight.finish(error) }
        for (request, _) in leases.removeAll() { request.reply.finish(.failure(error)) }
    }

    /// Nobody had a connection to spare, or there is none: the error says which.
    func exhausted(_ reason: String) -> PostgresError {
        if pooled.isEmpty, let lastFailure { return lastFailure }
        let leased = pooled.count { $0.lease != nil }
        let reason =
            "\(reason); of \(options.poolSize) connections \(pooled.count) are open and \(leased) are lent"
        if let lastFailure {
            return PostgresError(
                .poolExhausted,
                message: "\(reason), and no further one could be opened: \(lastFailure.message)",
                hint: lastFailure.hint
            )
        }
        return PostgresError(
            .poolExhausted,
            message: reason,
            hint: "raise \(PostgresSetting.poolSize), or look at what the server is busy with"
        )
    }
}
