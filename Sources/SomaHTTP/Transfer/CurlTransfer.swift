import CCurl
import SomaLoop

/// One easy handle, its options, and what its callbacks have seen. Lives on the curl thread.
///
/// Owns the handle: whoever added it to a multi handle removes it there before letting go of this.
final class CurlTransfer {
    let easy: UnsafeMutableRawPointer
    let plan: TransferPlan
    let inbox: TransferInbox

    private var lists: [UnsafeMutablePointer<curl_slist>] = []
    private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    private let startedAt = ContinuousClock.now
    private var lastByteAt: ContinuousClock.Instant?
    private var isPaused = false
    private var headParser: ResponseHeadParser
    private var bodyBytes = 0
    private var hasHead = false
    /// Why a callback ended the transfer; more telling than libcurl's code for it.
    private var callbackError: HTTPError?
    private var refusedAddress: String?

    init(plan: TransferPlan, inbox: TransferInbox) throws(HTTPError) {
        guard let easy = curl_easy_init() else {
            errorText.deallocate()
            throw HTTPError(.internalFailure, url: plan.url.text, reason: "out of memory")
        }
        self.easy = easy
        self.plan = plan
        self.inbox = inbox
        headParser = ResponseHeadParser(url: plan.url.text)
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        try configure()
    }

    deinit {
        curl_easy_cleanup(easy)
        for list in lists { curl_slist_free_all(list) }
        errorText.deallocate()
    }

    /// Lets libcurl go on after a pause; may call back at once.
    func resume() -> CURLcode {
        guard isPaused else { return CURLE_OK }
        isPaused = false
        lastByteAt = .now
        return curl_easy_pause(easy, CURLPAUSE_CONT)
    }

    // MARK: Options

    private func configure() throws(HTTPError) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        try check(soma_curl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText))
        try set(CURLOPT_URL, plan.url.text)
        try set(CURLOPT_PROTOCOLS_STR, "http,https")
        try set(CURLOPT_NOSIGNAL, 1)
        // As much as a unix socket holds: each piece that is taken costs a change of threads.
        try set(CURLOPT_BUFFERSIZE, 262_144)
        // A resolver thread that hangs must not hold up the other transfers when its own is given up.
        try set(CURLOPT_QUICK_EXIT, 1)
        // One connection carries one exchange, so pausing a slow reader's holds up nobody else.
        try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        try set(CURLOPT_ACCEPT_ENCODING, "gzip")
        try set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        try set(
            CURLOPT_CONNECTTIMEOUT_MS,
            max(1, Int(Int32(clamping: plan.connectTimeout.millisecondsRoundedUp)))
        )
        if !plan.usesEnvironmentProxy { try set(CURLOPT_PROXY, "") }
        if plan.needsFreshConnection { try set(CURLOPT_FRESH_CONNECT, 1) }
        if let path = plan.unixSocketPath { try set(CURLOPT_UNIX_SOCKET_PATH, path) }
        if let file = plan.certificateAuthorityFile { try set(CURLOPT_CAINFO, file) }
        if let limit = plan.maxBodyBytes {
            try check(soma_curl_set_offset(easy, CURLOPT_MAXFILESIZE_LARGE, max(1, Int(limit))))
        }
        try configureMethod()
        try setList(CURLOPT_HTTPHEADER, plan.headerLines)
        if !plan.pinnedNames.isEmpty { try setList(CURLOPT_RESOLVE, plan.pinnedNames) }

        try check(soma_curl_on_open_socket(easy, openSocket, context))
        try check(soma_curl_on_before_request(easy, beforeRequest, context))
        try check(soma_curl_on_header(easy, headerArrived, context))
        try check(soma_curl_on_write(easy, bodyArrived, context))
    }

    private func configureMethod() throws(HTTPError) {
        if plan.method == .head {
            try set(CURLOPT_NOBODY, 1)
        } else if plan.body != nil || [.post, .put, .patch].contains(plan.method) {
            let body = plan.body ?? []
            let code = body.withUnsafeBytes { bytes in
                // A null pointer would mean "read the body from a callback".
                bytes.baseAddress.map { soma_curl_set_body(easy, $0, bytes.count) }
                    ?? soma_curl_set_body(easy, "", 0)
            }
            try check(code)
            try set(CURLOPT_CUSTOMREQUEST, plan.method.rawValue)
        } else {
            try set(CURLOPT_HTTPGET, 1)
            try set(CURLOPT_CUSTOMREQUEST, plan.method.rawValue)
        }
    }

    private func set(_ option: CURLoption, _ value: Int) throws(HTTPError) {
        try check(soma_curl_set_long(easy, option, value))
    }

    private func set(_ option: CURLoption, _ value: String) throws(HTTPError) {
        try check(soma_curl_set_string(easy, option, value))
    }

    private func setList(_ option: CURLoption, _ lines: [String]) throws(HTTPError) {
        var list: UnsafeMutablePointer<curl_slist>?
        for line in lines {
            guard let longer = curl_slist_append(list, line) else {
                curl_slist_free_all(list)
                throw HTTPError(.internalFailure, url: plan.url.text, reason: "out of memory")
            }
            list = longer
        }
        guard let list else { return }
        lists.append(list)
        try check(soma_curl_set_list(easy, option, list))
    }

    private func check(_ code: CURLcode) throws(HTTPError) {
        guard code != CURLE_OK else { return }
        throw .curl(code, plan: plan, detail: "", hasHead: false)
    }

    // MARK: What the callbacks report

    /// Whether a connection to the address may be opened or used.
    fileprivate func mayConnect(to address: IPAddress, port: Int) -> Bool {
        if plan.addressPolicy.allows(address, port: port) { return true }
        refusedAddress = address.description
        return false
    }

    fileprivate func mayUseConnection(to address: String, port: Int) -> Bool {
        // A unix socket was named by the caller, and behind a proxy only the policy `.any` is accepted.
        if plan.unixSocketPath != nil || plan.addressPolicy.isUnrestricted { return true }
        guard let address = IPAddress(address) else {
            refusedAddress = "unknown"
            return false
        }
        return mayConnect(to: address, port: port)
    }

    fileprivate func receiveHeader(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
        lastByteAt = .now
        do {
            if let head = try headParser.feed(line) {
                hasHead = true
                inbox.receive(head: head)
            }
            return true
        } catch {
            callbackError = error
            return false
        }
    }

    fileprivate func receiveBody(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        lastByteAt = .now
        if let limit = plan.maxBodyBytes, bodyBytes + bytes.count > limit {
            callbackError = .bodyTooLarge(plan)
            return 0
        }
        switch inbox.receive(bytes) {
        case .accepted:
            bodyBytes += bytes.count
            return bytes.count
        case .full:
            isPaused = true
            return Int(CURL_WRITEFUNC_PAUSE)
        }
    }

    // MARK: How it ends

    func result(of code: CURLcode) -> Result<Void, any Error> {
        if let callbackError { return .failure(callbackError) }
        guard code == CURLE_OK else {
            if let refusedAddress { return .failure(HTTPError.addressRefused(refusedAddress, plan)) }
            let detail = String(cString: errorText)
            return .failure(HTTPError.curl(code, plan: plan, detail: detail, hasHead: hasHead))
        }
        guard hasHead else {
            return .failure(
                HTTPError(.invalidResponse, url: plan.url.text, reason: "the response has no final status")
            )
        }
        return .success(())
    }

    func timeout(_ phase: HTTPError.Phase) -> HTTPError { .timedOut(phase, plan) }

    /// The next moment at which the transfer has taken too long, and in what.
    var nextLimit: (at: ContinuousClock.Instant, phase: HTTPError.Phase)? {
        var limits: [(at: ContinuousClock.Instant, phase: HTTPError.Phase)] = []
        if let deadline = plan.deadline { limits.append((deadline, .total)) }
        if let lastByteAt {
            if let idle = plan.idleTimeout, !isPaused { limits.append((lastByteAt + idle, .idle)) }
        } else if let firstByte = plan.firstByteTimeout {
            limits.append((startedAt + firstByte, .firstByte))
        }
        return limits.min { $0.at < $1.at }
    }

    /// When to look at its limits again: before the first byte no later than one that comes now could be the last for too long.
    var nextLook: ContinuousClock.Instant? {
        let limit = nextLimit?.at
        guard lastByteAt == nil, let idle = plan.idleTimeout else { return limit }
        let stall = ContinuousClock.now + max(idle, .milliseconds(1))
        return limit.map { min($0, stall) } ?? stall
    }
}

// MARK: C callbacks

private func transfer(_ context: UnsafeMutableRawPointer?) -> CurlTransfer? {
    context.map { Unmanaged<CurlTransfer>.fromOpaque($0).takeUnretainedValue() }
}

private func withBytes<Value>(
    _ pointer: UnsafeMutablePointer<CChar>?,
    _ count: Int,
    _ body: (UnsafeBufferPointer<UInt8>) -> Value
) -> Value {
    let raw = UnsafeRawBufferPointer(start: pointer, count: pointer == nil ? 0 : count)
    return raw.withMemoryRebound(to: UInt8.self, body)
}

private let headerArrived: curl_write_callback = { pointer, size, count, context in
    let total = size * count
    return withBytes(pointer, total) { transfer(context)?.receiveHeader($0) ?? false } ? total : 0
}

private let bodyArrived: curl_write_callback = { pointer, size, count, context in
    withBytes(pointer, size * count) { transfer(context)?.receiveBody($0) ?? 0 }
}

private let openSocket: curl_opensocket_callback = { context, _, address in
    guard let address, let transfer = transfer(context) else { return CURL_SOCKET_BAD }
    var bytes = [UInt8](repeating: 0, count: 16)
    var port: UInt16 = 0
    switch soma_curl_socket_address(address, &bytes, &port) {
    case 1: return transfer.plan.unixSocketPath == nil ? CURL_SOCKET_BAD : soma_curl_open_socket(address)
    case 4: bytes.removeLast(12)
    case 6: break
    default: return CURL_SOCKET_BAD
    }
    guard let ip = IPAddress(bytes: bytes), transfer.mayConnect(to: ip, port: Int(port)) else {
        return CURL_SOCKET_BAD
    }
    return soma_curl_open_socket(address)
}

private let beforeRequest: curl_prereq_callback = { context, address, _, port, _ in
    guard let address, let transfer = transfer(context) else { return CURL_PREREQFUNC_ABORT }
    return transfer.mayUseConnection(to: String(cString: address), port: Int(port))
        ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
}
