// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

// The simulator runs millions of transitions: `make test` and `make sim` build what it runs with optimisation,
// in the same debug build. Only there, because a package with unsafe flags can't be depended on.
let isOptimized = Context.environment["SOMA_OPTIMIZE_SIMULATION"] != nil
let optimized = isOptimized ? strict + [.unsafeFlags(["-O"])] : strict

let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let grdb: [Target.Dependency] = [
    .product(name: "GRDB", package: "GRDB.swift"), .product(name: "GRDBSQLite", package: "GRDB.swift"),
]
let server: [Target.Dependency] = [
    .product(name: "HummingbirdCore", package: "hummingbird"),
    .product(name: "HTTPTypes", package: "swift-http-types"),
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOHTTP1", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
]
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let coreMetrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "soma",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "soma", targets: ["soma"]),
        .executable(name: "somad", targets: ["somad"]),
        .library(name: "SomaCore", targets: ["SomaCore"]),
        .library(name: "SomaEngine", targets: ["SomaEngine"]),
        .library(name: "SomaSimulation", targets: ["SomaSimulation"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1", traits: []),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    ],
    targets: [
        .target(name: "CNcurses", linkerSettings: [.linkedLibrary("ncursesw")]),
        .target(name: "CCurl"),
        .target(name: "CHiredis"),
        .target(name: "CJemalloc", linkerSettings: [.linkedLibrary("jemalloc")]),
        .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .target(name: "CRdKafka"),
        .target(name: "CLinux"),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        .target(name: "SomaCore", swiftSettings: optimized),
        .target(name: "SomaEngine", dependencies: ["SomaCore", crypto], swiftSettings: optimized),
        .target(name: "SomaSimulation", dependencies: ["SomaEngine"], swiftSettings: optimized),
        .target(name: "SomaSettings", dependencies: [yams], swiftSettings: strict),
        .target(name: "SomaSQLite", dependencies: ["SomaEngine"] + grdb, swiftSettings: strict),
        .target(
            name: "SomaQueries",
            dependencies: ["SomaCore", .product(name: "GRDBSQLite", package: "GRDB.swift")],
            swiftSettings: strict
        ),
        .target(name: "SomaLoop", dependencies: ["CLinux"], swiftSettings: strict),
        .target(
            name: "SomaPostgres",
            dependencies: ["SomaEngine", "SomaLoop", "CPostgres", logging],
            swiftSettings: strict
        ),
        .target(
            name: "SomaKafka",
            dependencies: ["SomaEngine", "SomaLoop", "SomaSettings", "CRdKafka", logging],
            swiftSettings: strict
        ),
        .target(
            name: "SomaRedis",
            dependencies: ["SomaCore", "SomaLoop", "CHiredis"],
            swiftSettings: strict
        ),
        .target(name: "SomaHTTP", dependencies: ["SomaLoop", "CCurl"], swiftSettings: strict),
        .target(name: "SomaTraces", dependencies: ["SomaCore", "SomaHTTP"], swiftSettings: strict),
        .target(
            name: "SomaTracing",
            dependencies: ["SomaEngine", "SomaHTTP", "SomaTraces"],
            swiftSettings: strict
        ),
        .target(name: "SomaMetrics", dependencies: ["SomaCore", "SomaHTTP"], swiftSettings: strict),
        .target(
            name: "SomaTelemetry",
            dependencies: ["SomaLoop", "CZlib", coreMetrics, logging],
            swiftSettings: strict
        ),
        .target(
            name: "SomaMonitoring",
            dependencies: [
                "SomaEngine", "SomaHTTP", "SomaTelemetry", "SomaTracing", logging,
            ],
            swiftSettings: strict
        ),
        .target(
            name: "SomaAgents",
            dependencies: ["SomaEngine", "SomaHTTP", "SomaSettings", "CLinux"],
            swiftSettings: optimized
        ),
        .target(
            name: "SomaGateway",
            dependencies: ["SomaEngine", logging] + server,
            swiftSettings: strict
        ),
        .target(name: "SomaClient", dependencies: ["SomaCore", "SomaHTTP"], swiftSettings: strict),
        .target(
            name: "SomaDaemon",
            dependencies: [
                "SomaAgents", "SomaGateway", "SomaKafka", "SomaLoop", "SomaMonitoring", "SomaPostgres",
                "SomaRedis", "SomaSQLite", "SomaSettings", "SomaTelemetry", "SomaTracing", crypto, lifecycle,
                logging,
            ],
            swiftSettings: strict
        ),
        .target(name: "SomaTerminal", dependencies: ["CNcurses", yams], swiftSettings: strict),
        .target(
            name: "SomaConsole",
            dependencies: ["SomaTerminal", "SomaClient", "SomaMetrics", "SomaTraces"],
            swiftSettings: strict
        ),
        .target(
            name: "SomaTesting",
            dependencies: ["SomaEngine", "SomaTerminal"],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "soma",
            dependencies: [
                "SomaConsole", "SomaClient", "SomaAgents", "SomaKafka", "SomaMetrics", "SomaMonitoring",
                "SomaPostgres", "SomaQueries", "SomaSQLite", "SomaSettings", "SomaTelemetry", "SomaTraces",
                "SomaTracing", "CJemalloc", "CLinux", arguments, logging,
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "somad",
            dependencies: ["SomaDaemon", "CJemalloc", arguments],
            swiftSettings: strict
        ),

        .testTarget(
            name: "SomaCoreTests",
            dependencies: ["SomaCore", "SomaTesting"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SomaEngineTests",
            dependencies: ["SomaEngine", "SomaSimulation", "SomaTesting"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SomaSimulationTests",
            dependencies: ["SomaSimulation", "SomaAgents", "SomaTesting"],
            swiftSettings: strict
        ),
        .testTarget(name: "SomaSettingsTests", dependencies: ["SomaSettings", yams], swiftSettings: strict),
        .testTarget(
            name: "SomaSQLiteTests",
            dependencies: ["SomaSQLite", "SomaSimulation", "SomaTesting"] + grdb,
            swiftSettings: strict
        ),
        .testTarget(
            name: "SomaQueriesTests",
            dependencies: ["SomaQueries", "SomaTesting"],
            swiftSettings: strict
        ),
        .testTarget(name: "SomaLoopTests", dependencies: ["SomaLoop"], swiftSettings: strict),
        .testTarget(
            name: "SomaPostgresTests",
            dependencies: [
                "SomaPostgres", "SomaSimulation", "SomaTesting", "PostgresFixture", "ServerFixture",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SomaKafkaTests",
            dependencies: [
                "SomaKafka", "SomaPostgres", "KafkaFixture", "PostgresFixture", "ServerFixture",
                "SomaTesting",
                logging,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SomaRedisTests",
            dependencies: ["SomaRedis", "RedisFixture"],
            swiftSettings: strict
        ),
        .testTarget(name: "SomaHTTPTests", dependencies: ["SomaHTTP"], swiftSettings: strict),
        .testTarget(
            name: "SomaTracesTests",
            dependencies: ["SomaTraces", "SomaCore", "SomaHTTP"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SomaTracingTests",
            dependencies: [
                "SomaTracing", "SomaEngine", "SomaSimulation", "SomaTraces", "SomaCore", "SomaHTTP",
                "CollectorFixture",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SomaMonitoringTests",
            dependencies: ["SomaMonitoring", "SomaTelemetry", "SomaEngine", "SomaCore"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SomaMetricsTests",
            dependencies: ["SomaMetrics", "SomaCore", "SomaHTTP"],
            exclude: ["Recorded"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SomaTelemetryTests",
            dependencies: ["SomaTelemetry", "CZlib", coreMetrics, metrics, logging],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SomaAgentsTests",
            dependencies: ["SomaAgents", "CLinux"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SomaGatewayTests",
            dependencies: ["SomaGateway", "SomaClient", "SomaSimulation", "SomaTesting"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SomaClientTests",
            dependencies: ["SomaClient", "SomaGateway", "SomaSimulation"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SomaDaemonTests",
            dependencies: [
                "SomaDaemon", "SomaClient", "SomaHTTP", "SomaTraces", "CollectorFixture", "KafkaFixture",
                "PostgresFixture", "RedisFixture", logging,
            ],
            swiftSettings: strict
        ),
        .target(name: "CTerminalEmulator", path: "Tests/CTerminalEmulator"),
        .target(
            name: "CollectorFixture",
            dependencies: ["CZlib"],
            path: "Tests/CollectorFixture",
            swiftSettings: strict
        ),
        .target(name: "ServerFixture", path: "Tests/ServerFixture", swiftSettings: strict),
        .target(
            name: "PostgresFixture",
            dependencies: ["ServerFixture", "SomaPostgres"],
            path: "Tests/PostgresFixture",
            exclude: ["postgres-server.sh", "whole-answers.py"],
            swiftSettings: strict
        ),
        .target(
            name: "KafkaFixture",
            dependencies: ["ServerFixture"],
            path: "Tests/KafkaFixture",
            exclude: ["kafka-broker.sh", "scripted-broker.py", "tls-proxy.py"],
            swiftSettings: strict
        ),
        .target(
            name: "RedisFixture",
            dependencies: ["ServerFixture"],
            path: "Tests/RedisFixture",
            exclude: ["redis-server.sh"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SomaTerminalTests",
            dependencies: ["SomaTerminal", "SomaTesting", "CNcurses", "CTerminalEmulator"],
            exclude: ["Golden", "Tools"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SomaConsoleTests",
            dependencies: ["SomaConsole", "SomaAgents", "SomaMetrics", "SomaTesting", "SomaTraces"],
            exclude: ["Golden"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SomaCommandTests",
            dependencies: [
                "soma", "SomaDaemon", "SomaKafka", "SomaTelemetry", "SomaPostgres", "CollectorFixture",
                "KafkaFixture", "PostgresFixture", "ServerFixture", "SomaTesting", arguments,
            ],
            exclude: ["Cluster/skew.c", "Console/prometheus-server.sh", "Terminal/slow_line.py"],
            swiftSettings: strict
        ),
    ]
)
