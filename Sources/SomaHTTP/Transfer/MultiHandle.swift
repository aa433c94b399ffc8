/// The pointer to libcurl's multi handle.
///
/// `@unchecked Sendable` because it is handed over to ``CurlThread``, and only that uses it from then on.
struct MultiHandle: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer
}
