import CCurl

extension HTTPError {
    /// Translates libcurl's code; `detail` is what it wrote into its error buffer.
    static func curl(_ code: CURLcode, plan: TransferPlan, detail: String, hasHead: Bool) -> HTTPError {
        if code == CURLE_FILESIZE_EXCEEDED { return .bodyTooLarge(plan) }
        if code == CURLE_OPERATION_TIMEDOUT { return .timedOut(.connect, plan, curlCode: code) }
        // How libcurl 7.88 reports a header line of more than 100 KiB.
        if code == CURLE_OUT_OF_MEMORY, !hasHead {
            return HTTPError(
                .headTooLarge,
                url: plan.url.text,
                reason: "a line of the response's header is too long",
                curlCode: Int(code.rawValue)
            )
        }
        let (kind, hint) = meaning(of: code, plan: plan)
        var said = detail.isEmpty ? String(cString: curl_easy_strerror(code)) : detail
        // libcurl names the URL's host and port, which play no part where a socket's path was given.
        if code == CURLE_COULDNT_CONNECT, let path = plan.unixSocketPath {
            said = "nobody answers at unix:\(path)"
        }
        return HTTPError(
            kind,
            url: plan.url.text,
            reason: said,
            hint: hint,
            curlCode: Int(code.rawValue)
        )
    }

    static func timedOut(_ phase: Phase, _ plan: TransferPlan, curlCode: CURLcode = CURLE_OK) -> HTTPError {
        let reason =
            switch phase {
            case .connect: "no connection within \(plan.connectTimeout)"
            case .firstByte: "no response within \(plan.firstByteTimeout ?? .zero)"
            case .idle: "the response stalled for \(plan.idleTimeout ?? .zero)"
            case .total: "not complete within the time given"
            }
        return HTTPError(
            .timedOut(phase),
            url: plan.url.text,
            reason: reason,
            hint: "try again, or allow more time",
            curlCode: Int(curlCode.rawValue)
        )
    }

    static func bodyTooLarge(_ plan: TransferPlan) -> HTTPError {
        HTTPError(
            .bodyTooLarge,
            url: plan.url.text,
            reason: "the body exceeds \(plan.maxBodyBytes ?? 0) bytes",
            hint: "ask for less, or raise the limit"
        )
    }

    static func addressRefused(_ address: String, _ plan: TransferPlan) -> HTTPError {
        HTTPError(
            .addressRefused,
            url: plan.url.text,
            reason: "the address \(address) is not allowed",
            hint: "only public addresses are, unless the address policy says otherwise"
        )
    }

    private static func meaning(of code: CURLcode, plan: TransferPlan) -> (Kind, hint: String) {
        switch code {
        case CURLE_URL_MALFORMAT:
            (.invalidRequest, "give the URL as http(s)://host/path")
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
            (.nameNotResolved, "check the host's name and the network")
        case CURLE_COULDNT_CONNECT:
            (
                .connectFailed,
                plan.unixSocketPath == nil
                    ? "check that the server runs and the port"
                    : "check that the daemon runs and the socket's path"
            )
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CACERT_BADFILE,
            CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CIPHER, CURLE_SSL_INVALIDCERTSTATUS:
            (.tlsFailed, "check the certificate, the host's name and the clock")
        case CURLE_PARTIAL_FILE, CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR:
            (.connectionLost, "try again")
        case CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING, CURLE_WRITE_ERROR,
            // The scheme was checked before: this one means an answer without a status line.
            CURLE_UNSUPPORTED_PROTOCOL:
            (.invalidResponse, "check that the server speaks HTTP")
        default: (.internalFailure, "")
        }
    }
}
