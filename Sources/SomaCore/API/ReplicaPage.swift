/// What `GET /v1/replicas` answers: the processes of a cluster.
package struct ReplicaPage: Sendable, Hashable, Codable {
    /// One process.
    package struct Item: Sendable, Hashable, Codable {
        /// Its name; together with where it listens no other has it.
        package var name: String
        /// What part of the work it does.
        package var role: String
        /// Where it listens, separated by commas.
        package var address: String
        /// When it started.
        package var since: WireTime
        /// The product's version.
        package var version: String
        /// How long ago it was heard of, in milliseconds; absent for the one that answers.
        package var silentMilliseconds: Int?

        /// Creates an item.
        package init(
            name: String,
            role: String,
            address: String,
            since: WireTime,
            version: String,
            silentMilliseconds: Int? = nil
        ) {
            self.name = name
            self.role = role
            self.address = address
            self.since = since
            self.version = version
            self.silentMilliseconds = silentMilliseconds
        }
    }

    /// The processes that are there, by role and name.
    package var replicas: [Item]
    /// Why there may be others; absent where these are all.
    package var trouble: String?

    /// Creates a page.
    package init(replicas: [Item], trouble: String? = nil) {
        self.replicas = replicas
        self.trouble = trouble
    }
}
