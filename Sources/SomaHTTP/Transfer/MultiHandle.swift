import CCurl
import SomaLoop

/// The pointer to libcurl's multi handle.
///
/// `@unchecked Sendable` because libcurl lets any thread call `curl_multi_wakeup`, which is all that others than
/// ``CurlThread`` do with it, and only until ``LoopMailbox/close()``.
struct MultiHandle: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer
}

extension MultiHandle: LoopBell {
    func ring() { curl_multi_wakeup(pointer) }
    /// Nothing: the thread frees the handle when its transfers are out of it.
    func close() {}
}
