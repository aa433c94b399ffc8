import Glibc
import KafkaFixture
import PostgresFixture
import SomaClient
import Testing

@testable import soma

/// The processes and services that things go wrong with, and what was done to them.
actor ChaosCluster {
    /// A process of a role, started again whenever it has ended.
    private struct Member {
        let name: String
        let role: String
        var process: ClusterRig.Member
    }

    /// What became of them.
    struct Tally {
        var faults: [ChaosPlan.Fault: Int] = [:]
        /// Ends that nobody had asked for.
        var ends: [(code: Int32, words: String)] = []
        /// Ends on request that were not orderly.
        var disorderly: [String] = []
    }

    /// The broker writes down what it has confirmed every three seconds; ended by SIGTERM under load it lost 15,242 of 215,586
    /// confirmed records. So nothing reaches it for so long before it is ended: what is lost then was never confirmed.
    private static let brokerQuiet = Duration.seconds(4)

    private(set) var tally = Tally()
    private let rig: ClusterRig
    private let server: TestServer
    private let broker: TestBroker
    private let toPostgres: TroubledProxy
    private let toBroker: TroubledProxy
    private var members: [Member] = []
    private var busy: Set<ChaosPlan.Target> = []
    /// How many things go on that keep an executor from its work, and since when none does. What is decided about a call in
    /// doubt before is decided while somebody may still be at it.
    private var disturbances = 0
    private var calmSince = ContinuousClock.now

    /// - Parameter rig: Its store is reached through a proxy to `server`.
    init(
        _ rig: ClusterRig,
        server: TestServer,
        broker: TestBroker,
        toPostgres: TroubledProxy,
        toBroker: TroubledProxy
    ) {
        self.rig = rig
        self.server = server
        self.broker = broker
        self.toPostgres = toPostgres
        self.toBroker = toBroker
    }

    // MARK: Processes

    /// Starts a process of each name.
    func start(_ roles: [(name: String, role: String)]) throws {
        for (name, role) in roles {
            members.append(Member(name: name, role: role, process: try launch(name, role)))
        }
    }

    private func launch(_ name: String, _ role: String) throws -> ClusterRig.Member {
        try rig.start(
            name,
            role: role,
            lease: "3s",
            [
                "--kafka", "127.0.0.1:\(toBroker.port)", "--set", "kafka.assignment=range", "--set",
                "kafka.session_timeout=6s",
            ]
        )
    }

    /// The client of a process; it stays the same when the process starts again.
    func client(_ name: String) -> DaemonClient? {
        members.first { $0.name == name }?.process.client
    }

    /// Starts again whoever has ended without being asked, until cancelled: what a cluster's supervisor does.
    func supervise() async {
        while !Task.isCancelled {
            for index in members.indices where !busy.contains(.member(members[index].name)) {
                var status: Int32 = 0
                guard waitpid(members[index].process.pid, &status, WNOHANG) > 0 else { continue }
                let code = status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
                tally.ends.append(
                    (code, "\(members[index].name): \(Self.reason(members[index].process.words))")
                )
                try? relaunch(index)
            }
            try? await Task.sleep(for: .milliseconds(300))
        }
    }

    private func relaunch(_ index: Int) throws {
        let old = members[index]
        members[index].process = try launch(old.name, old.role)
    }

    /// Ends all of them.
    func end() async {
        for member in members { kill(member.process.pid, SIGTERM) }
        for member in members {
            _ = try? await Place.end(of: member.process.pid, within: .seconds(30)) { member.process.words }
            await member.process.client.close()
        }
    }

    /// Why a process ended: its last words, and where it stopped in the middle what it stopped for, before the picture of its
    /// stack.
    private static func reason(_ words: String) -> String {
        guard let fatal = words.firstRange(of: "Fatal error") else { return String(words.suffix(400)) }
        let line = words[..<fatal.lowerBound].lastIndex(of: "\n") ?? words.startIndex
        return String(words[line...].prefix(6_000))
    }

    /// What the processes wrote into their logs last.
    var lastWords: String {
        members.map { "--- \($0.name)\n\($0.process.words.suffix(1500))" }.joined(separator: "\n")
    }

    // MARK: Trouble

    /// For how long nobody has been kept from saying what became of a call.
    var calm: Duration { disturbances > 0 ? .zero : ContinuousClock.now - calmSince }

    /// Makes a thing go wrong and puts it right again. One thing at a time goes wrong with each process and service.
    func perform(_ event: ChaosPlan.Event) async throws {
        guard busy.insert(event.target).inserted else { return }
        tally.faults[event.fault, default: 0] += 1
        defer { busy.remove(event.target) }
        switch event.target {
        case .member(let name):
            guard let index = members.firstIndex(where: { $0.name == name }) else { return }
            try await trouble(index, event)
        case .postgres: try await trouble(toPostgres, event)
        case .broker: try await trouble(toBroker, event)
        }
    }

    private func trouble(_ index: Int, _ event: ChaosPlan.Event) async throws {
        let process = members[index].process
        switch event.fault {
        case .pause:
            kill(process.pid, SIGSTOP)
            try await disturbing { try await Task.sleep(for: event.time) }
            kill(process.pid, SIGCONT)
            return
        case .retire:
            // One that has only just begun to start may end as any program does.
            let isUp = (try? await process.client.health()) != nil
            kill(process.pid, SIGTERM)
            let code = try await Place.end(of: process.pid, within: .seconds(45)) { process.words }
            if isUp, code != 0 { tally.disorderly.append("\(process.name) with \(code)") }
        default:
            kill(process.pid, SIGKILL)
            _ = try await Place.end(of: process.pid)
        }
        try await Task.sleep(for: event.time)
        try relaunch(index)
    }

    private func trouble(_ proxy: TroubledProxy, _ event: ChaosPlan.Event) async throws {
        switch event.fault {
        case .postgresRestart: try await server.stop()
        case .postgresCrash: try await server.crash()
        case .brokerRestart:
            proxy.set(TroubledProxy.Trouble(isSilent: true))
            try await Task.sleep(for: Self.brokerQuiet)
            try await broker.stop()
        case .cut: proxy.cut()
        case .delay: proxy.set(TroubledProxy.Trouble(delay: .milliseconds(Int.random(in: 5...200))))
        default: proxy.set(TroubledProxy.Trouble(isSilent: true))
        }
        try await disturbing { try await Task.sleep(for: event.time) }
        switch event.fault {
        case .postgresRestart, .postgresCrash: try await server.start()
        case .brokerRestart:
            try await broker.start()
            proxy.set(TroubledProxy.Trouble())
        default: proxy.set(TroubledProxy.Trouble())
        }
    }

    private func disturbing(_ body: () async throws -> Void) async throws {
        disturbances += 1
        defer { (disturbances, calmSince) = (disturbances - 1, .now) }
        try await body()
    }
}
