import CLinux
import Glibc

/// A pipe whose ends are closed on exec and with it; reading never blocks.
struct Pipe: ~Copyable {
    let readEnd: Int32
    let writeEnd: Int32
    private var writeEndIsOpen = true

    init() throws(ToolError) {
        var ends: (Int32, Int32) = (-1, -1)
        let code = withUnsafeMutableBytes(of: &ends) { bytes in
            bytes.withMemoryRebound(to: Int32.self) { soma_pipe($0.baseAddress) }
        }
        guard code == 0 else { throw ToolError(.failed, "Could not make a pipe: \(systemMessage(-code)).") }
        (readEnd, writeEnd) = ends
    }

    deinit {
        close(readEnd)
        if writeEndIsOpen { close(writeEnd) }
    }

    /// Closes the end that the child writes to: without it the read end never sees the end.
    mutating func closeWriteEnd() {
        guard writeEndIsOpen else { return }
        close(writeEnd)
        writeEndIsOpen = false
    }
}

/// An array of C strings that ends with a null pointer, alive as long as the value.
struct CStrings: ~Copyable {
    let pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ strings: [String]) {
        count = strings.count
        pointer = .allocate(capacity: strings.count + 1)
        for (index, text) in strings.enumerated() { pointer[index] = strdup(text) }
        pointer[strings.count] = nil
    }

    deinit {
        for index in 0..<count { free(pointer[index]) }
        pointer.deallocate()
    }
}

/// Calls `body` with the text as a C string, or with a null pointer for `nil`.
func withOptionalCString<Result>(_ text: String?, _ body: (UnsafePointer<CChar>?) -> Result) -> Result {
    guard let text else { return body(nil) }
    return text.withCString { body($0) }
}
