import CCurl
import Glibc
import Synchronization

/// The thread that owns libcurl's multi handle; dropping the last reference ends it.
final class CurlLoop: Sendable {
    private let mailbox: LoopMailbox

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
        guard let pointer = curl_multi_init() else { throw failure }
        let multi = MultiHandle(pointer: pointer)
        // Kept connections beyond these are closed, oldest first.
        _ = soma_curl_multi_set_long(pointer, CURLMOPT_MAXCONNECTS, 64)
        let mailbox = LoopMailbox(multi: multi)
        self.mailbox = mailbox
        let context = Unmanaged.passRetained(CurlThread(multi: multi, mailbox: mailbox))

        // The thread takes no signals: handlers run elsewhere, and a SIGPIPE from a TLS write stays harmless.
        var everySignal = sigset_t()
        var previous = sigset_t()
        sigfillset(&everySignal)
        pthread_sigmask(SIG_SETMASK, &everySignal, &previous)
        defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }
        var thread = pthread_t()
        let code = pthread_create(
            &thread,
            nil,
            { context in
                guard let context else { return nil }
                soma_name_this_thread("soma-http")
                Unmanaged<CurlThread>.fromOpaque(context).takeRetainedValue().run()
                return nil
            },
            context.toOpaque()
        )
        guard code == 0 else {
            context.release()
            _ = mailbox.close()
            curl_multi_cleanup(pointer)
            mailbox.announceEnd()
            throw failure
        }
        pthread_detach(thread)
    }

    deinit { mailbox.post(.stop) }

    /// Times that the thread went around.
    var turns: Int { mailbox.turns.load(ordering: .relaxed) }

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
