/// Tells other processes that this one is there, and knows which are.
///
/// Each has a key of its own that goes away by itself unless its process renews it, and its id is in a set. Who was
/// stopped, killed or cut off is gone after ``life``.
package final class ReplicaPresence: Sendable {
    /// A process that is there.
    package struct Sighting: Sendable, Hashable {
        package let replica: Replica
        /// How long ago it was heard of.
        package let age: Duration
    }

    /// Names that are asked about at once. Those of who was killed stay until they are listed, and may be many.
    private static let askedAtOnce = 256

    private let client: RedisClient
    private let prefix: String
    private let own: @Sendable () -> Replica
    private let life: Duration

    /// - Parameters:
    ///   - prefix: What the keys begin with; processes of one cluster have the same.
    ///   - life: How long a process counts as present after it was last heard of.
    ///   - own: What is told about this one, each time anew.
    package init(
        _ client: RedisClient,
        prefix: String,
        life: Duration = .seconds(10),
        own: @escaping @Sendable () -> Replica
    ) {
        (self.client, self.prefix, self.life, self.own) = (client, prefix, life, own)
    }

    /// Renews this process's presence until the task is cancelled, and then takes its leave.
    package func run() async {
        while !Task.isCancelled {
            await renew()
            // Three times as often as needed; a little sooner or later each time, so that replicas spread.
            let pause = life / 3
            do { try await Task.sleep(for: pause * Double.random(in: 0.8...1)) } catch { break }
        }
        // The task's cancellation would end the calls too.
        let leaving = Task { await leave() }
        await leaving.value
    }

    /// Says that this process is there.
    package func renew() async {
        let replica = own()
        // A set that nobody renews goes away too.
        _ = try? await client.pipeline([
            RedisCommand("SET", key(replica.id)).adding(replica.bytes).adding("PX").adding(
                "\(life.milliseconds)"
            ),
            RedisCommand("SADD", names, replica.id),
            RedisCommand("PEXPIRE", names, "\(life.milliseconds * 10)"),
        ])
    }

    /// Says that this process is going.
    package func leave() async {
        let id = own().id
        _ = try? await client.pipeline([RedisCommand("DEL", key(id)), RedisCommand("SREM", names, id)])
    }

    /// The processes that are there, by role and name.
    package func list() async throws(RedisError) -> [Sighting] {
        let found = try await client.send(RedisCommand("SMEMBERS", names)).array ?? []
        let ids = found.compactMap { $0.bytes.map { String(decoding: $0, as: UTF8.self) } }
        var answers: [RedisValue] = []
        for first in stride(from: 0, to: ids.count, by: Self.askedAtOnce) {
            let some = ids[first..<min(first + Self.askedAtOnce, ids.count)]
            answers += try await client.pipeline(
                some.flatMap { [RedisCommand("GET", key($0)), RedisCommand("PTTL", key($0))] }
            )
        }
        var sightings: [Sighting] = []
        var gone: [String] = []
        for (index, id) in ids.enumerated() {
            let (value, left) = (answers[2 * index], answers[2 * index + 1])
            guard let bytes = value.bytes, let replica = Replica(bytes), replica.id == id else {
                gone.append(id)
                continue
            }
            let age = max(.zero, life - .milliseconds(left.integer ?? 0))
            sightings.append(Sighting(replica: replica, age: age))
        }
        if !gone.isEmpty {
            let command = gone.reduce(RedisCommand("SREM", names)) { $0.adding($1) }
            _ = try? await client.send(command)
        }
        return sightings.sorted { ($0.replica.role, $0.replica.name) < ($1.replica.role, $1.replica.name) }
    }

    private var names: String { "\(prefix):replicas" }
    private func key(_ id: String) -> String { "\(prefix):replica:\(id)" }
}
