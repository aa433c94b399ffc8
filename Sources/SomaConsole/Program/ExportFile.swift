import Dispatch
import Glibc
import SomaCore
import Synchronization

/// The file that transitions are written into: one without its name until all of them are there.
final class ExportFile: Sendable {
    private struct Open {
        var number: Int
        var descriptor: Int32
        /// The file as it is called until it is whole.
        var temporary: String
        var target: String
        /// What the person named.
        var named: NamedFile
        var replaces: Bool

        /// Leaves nothing behind.
        func discard() {
            Glibc.close(descriptor)
            unlink(temporary)
        }
    }

    private let open = Mutex<Open?>(nil)
    private let queue = DispatchQueue(label: "soma.console.export")

    /// Takes a step and tells what became of it; returns at once.
    func perform(_ step: ExportStep, tell: @escaping @Sendable (Int, ExportNews) -> Void) {
        queue.async { [self] in if let (number, news) = take(step) { tell(number, news) } }
    }

    /// Takes a step. Blocks while it writes.
    func take(_ step: ExportStep) -> (Int, ExportNews)? {
        open.withLock { open in
            switch step {
            case .begin(let number, let path, let replaces):
                open?.discard()
                open = nil
                do throws(Failure) {
                    open = try Self.begin(number, path, replaces)
                    return (number, .ready)
                } catch {
                    return (number, .failed(error.reason))
                }
            case .append(let number, let transitions):
                guard let file = open, file.number == number else { return nil }
                let code = Self.append(transitions, to: file.descriptor)
                guard code != 0 else { return (number, .ready) }
                file.discard()
                open = nil
                return (number, .failed(file.named.notWritten(code)))
            case .finish(let number):
                guard let file = open, file.number == number else { return nil }
                open = nil
                return (number, Self.finish(file))
            case .cancel(let number):
                guard let file = open, file.number == number else { return nil }
                file.discard()
                open = nil
                return nil
            }
        }
    }

    /// Leaves nothing behind of what isn't whole.
    func close() {
        open.withLock { open in
            open?.discard()
            open = nil
        }
    }

    // MARK: The steps

    private struct Failure: Error {
        var reason: String
    }

    private static func begin(_ number: Int, _ path: String, _ replaces: Bool) throws(Failure) -> Open {
        let named = NamedFile(path, home: getenv("HOME").map { String(cString: $0) })
        var target = named.path
        var status = stat()
        if stat(target, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFREG else {
                throw Failure(reason: "\(named.name) is no file.")
            }
            guard replaces else { throw Failure(reason: named.exists) }
            // A link goes on leading to the file that it led to.
            if let real = realpath(target, nil) {
                target = String(cString: real)
                free(real)
            }
        }
        let folder = target.lastIndex(of: "/").map { String(target[...$0]) } ?? "./"
        // mkstemp makes it for this user only.
        var template = Array("\(folder).soma-write-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw Failure(reason: named.notWritten(errno)) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        let temporary = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return Open(
            number: number,
            descriptor: descriptor,
            temporary: temporary,
            target: target,
            named: named,
            replaces: replaces
        )
    }

    private static func append(_ transitions: [Transition], to descriptor: Int32) -> Int32 {
        var bytes: [UInt8] = []
        for transition in transitions {
            bytes += transition.cloudEvent()
            bytes.append(0x0A)
        }
        return WholeWrite.write(bytes, to: descriptor)
    }

    private static func finish(_ file: Open) -> ExportNews {
        guard fsync(file.descriptor) == 0 else {
            defer { file.discard() }
            return .failed(file.named.notWritten(errno))
        }
        // What was made under that name meanwhile isn't replaced without being asked for.
        var isNamed =
            file.replaces
            ? rename(file.temporary, file.target) == 0 : link(file.temporary, file.target) == 0
        var reason = errno
        if !isNamed, !file.replaces, [EPERM, EOPNOTSUPP, ENOSYS].contains(reason) {
            // A file system in which a file has one name only.
            isNamed = access(file.target, F_OK) != 0 && rename(file.temporary, file.target) == 0
            reason = isNamed ? 0 : EEXIST
        }
        file.discard()
        guard !isNamed else { return .done }
        return .failed(reason == EEXIST ? file.named.exists : file.named.notWritten(reason))
    }
}
