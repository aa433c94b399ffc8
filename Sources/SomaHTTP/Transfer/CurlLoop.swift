import CCurl
import SomaLoop

/// The thread that owns libcurl's multi handle; dropping the last reference ends it.
final class CurlLoop: Sendable {
    private let mailbox: CurlMailbox

    /// Starts the thread; throws when the machine has none left.
    init() throws(HTTPError) {
        guard soma_curl_load() == 0 else {
            throw HTTPError(
                .internalFailure,
                url: "",
                reason: "libcurl can't be used: \(String(cString: soma_curl_load_failure()))",
                hint: "install it (Debian: libcurl4)"
            )
        }
        let failure = HTTPError(
            .internalFailure,
            url: "",
            reason: "the HTTP thread can't be started",
            hint: "check the limits on memory and threads"
        )
        guard let bell = LoopBell() else { throw failure }
        mailbox = LoopMailbox(bell: bell)
        guard let pointer = curl_multi_init() else { throw failure }
        let multi = MultiHandle(pointer: pointer)
        // Kept connections beyond these are closed, oldest first.
        _ = soma_curl_multi_set_long(pointer, CURLMOPT_MAXCONNECTS, 64)
        let loop = CurlThread(multi: multi, mailbox: mailbox, bell: bell)
        guard LoopThread.start(named: "soma-http", { loop.run() }) else {
            _ = mailbox.close()
            curl_multi_cleanup(multi.pointer)
            mailbox.announceEnd()
            throw failure
        }
    }

    deinit { mailbox.post(.stop) }

    /// Times that the thread went around.
    var turns: Int { mailbox.turns }

    func start(_ plan: TransferPlan) -> TransferHandle {
        let inbox = TransferInbox()
        let id = mailbox.nextID()
        if !mailbox.post(.start(id, plan, inbox)) {
            inbox.finish(.failure(HTTPError.closed(plan)))
        }
        return TransferHandle(inbox: inbox, loop: self, id: id)
    }

    func resume(_ id: UInt64) { mailbox.post(.resume(id)) }

    func cancel(_ id: UInt64) { mailbox.post(.cancel(id)) }

    /// Fails what is under way and waits until every handle is freed.
    func stop() async {
        mailbox.post(.stop)
        await mailbox.waitForEnd()
    }
}

extension HTTPError {
    static func closed(_ plan: TransferPlan) -> HTTPError {
        HTTPError(.closed, url: plan.url.text, reason: "the HTTP client was shut down")
    }
}
