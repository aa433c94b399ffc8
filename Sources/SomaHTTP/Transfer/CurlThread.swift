import CCurl
import SomaLoop

/// The curl loop itself: the only code that touches the multi handle and its transfers.
///
/// Made by one thread and then used by one other; it is handed over before that one starts.
final class CurlThread {
    private let multi: UnsafeMutableRawPointer
    private let mailbox: CurlMailbox
    private let bell: LoopBell
    private var transfers: [UInt64: CurlTransfer] = [:]
    private var ids: [UnsafeMutableRawPointer: UInt64] = [:]
    /// No time limit of any transfer passes before this moment, so none is looked at before.
    private var nextLook: ContinuousClock.Instant?

    init(multi: MultiHandle, mailbox: CurlMailbox, bell: LoopBell) {
        (self.multi, self.mailbox, self.bell) = (multi.pointer, mailbox, bell)
    }

    func run() {
        while obeyCommands() {
            var running: Int32 = 0
            curl_multi_perform(multi, &running)
            finishDone()
            enforceLimits()
            mailbox.turn()
            var bellWait = curl_waitfd(
                fd: bell.descriptor,
                events: Int16(CURL_WAIT_POLLIN),
                revents: 0
            )
            curl_multi_poll(multi, &bellWait, 1, pollMilliseconds(), nil)
            if bellWait.revents != 0 { bell.hush() }
        }
        close()
    }

    /// Returns whether to go on.
    private func obeyCommands() -> Bool {
        let commands = mailbox.take()
        for (index, command) in commands.enumerated() {
            switch command {
            case .start(let id, let plan, let inbox): start(id, plan, inbox)
            case .resume(let id): resume(id)
            case .cancel(let id): remove(id)
            case .stop:
                refuse(commands[(index + 1)...])
                return false
            }
        }
        return true
    }

    private func start(_ id: UInt64, _ plan: TransferPlan, _ inbox: TransferInbox) {
        let transfer: CurlTransfer
        do {
            transfer = try CurlTransfer(plan: plan, inbox: inbox)
        } catch {
            inbox.finish(.failure(error))
            return
        }
        let code = curl_multi_add_handle(multi, transfer.easy)
        guard code == CURLM_OK else {
            let reason = String(cString: curl_multi_strerror(code))
            inbox.finish(.failure(HTTPError(.internalFailure, url: plan.url.text, reason: reason)))
            return
        }
        transfers[id] = transfer
        ids[transfer.easy] = id
        look(at: transfer)
    }

    private func resume(_ id: UInt64) {
        guard let transfer = transfers[id] else { return }
        // Hands over what libcurl had kept back; a failure in there is reported here and nowhere else.
        let code = transfer.resume()
        if code != CURLE_OK {
            finish(id, transfer, code)
        } else {
            look(at: transfer)
        }
    }

    private func finishDone() {
        var queued: Int32 = 0
        while let message = curl_multi_info_read(multi, &queued) {
            guard soma_curl_message_is_done(message) != 0, let easy = message.pointee.easy_handle,
                let id = ids[easy], let transfer = transfers[id]
            else { continue }
            finish(id, transfer, soma_curl_message_result(message))
        }
    }

    private func finish(_ id: UInt64, _ transfer: CurlTransfer, _ code: CURLcode) {
        let result = transfer.result(of: code)
        remove(id)
        transfer.inbox.finish(result)
    }

    private func remove(_ id: UInt64) {
        guard let transfer = transfers.removeValue(forKey: id) else { return }
        ids[transfer.easy] = nil
        curl_multi_remove_handle(multi, transfer.easy)
    }

    // MARK: Time limits

    private func look(at transfer: CurlTransfer) {
        guard let look = transfer.nextLook else { return }
        nextLook = min(nextLook ?? look, look)
    }

    private func enforceLimits() {
        guard let due = nextLook else { return }
        let now = ContinuousClock.now
        guard now >= due else { return }
        nextLook = nil
        for (id, transfer) in transfers {
            if let limit = transfer.nextLimit, now >= limit.at {
                remove(id)
                transfer.inbox.finish(.failure(transfer.timeout(limit.phase)))
            } else {
                look(at: transfer)
            }
        }
    }

    /// Until limits are looked at; libcurl shortens it by its own timers.
    private func pollMilliseconds() -> Int32 {
        guard let nextLook else { return Int32.max }
        return Int32(clamping: (nextLook - ContinuousClock.now).millisecondsRoundedUp)
    }

    // MARK: The end

    private func close() {
        refuse(mailbox.close()[...])
        for (id, transfer) in transfers {
            remove(id)
            transfer.inbox.finish(.failure(HTTPError.closed(transfer.plan)))
        }
        curl_multi_cleanup(multi)
        mailbox.announceEnd()
    }

    private func refuse(_ commands: ArraySlice<CurlCommand>) {
        for case .start(_, let plan, let inbox) in commands {
            inbox.finish(.failure(HTTPError.closed(plan)))
        }
    }
}
