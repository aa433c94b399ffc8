import SomaCore

/// Every route: what the router, the 405 answers and `/openapi.json` are made from.
struct RouteTable: Sendable {
    let routes: [Route]

    init(
        services: GatewayServices,
        options: GatewayOptions,
        streams: StreamClients,
        addresses: Guarded<[Listener]>
    ) {
        let lookup = RunLookup(services: services)
        let reads = RunReadHandlers(services: services, runs: lookup)
        let commands = RunCommandHandlers(services: services, options: options, runs: lookup)
        let stream = StreamHandler(services: services, streams: streams, runs: lookup)
        let care = CareHandlers(services: services, streams: streams, addresses: addresses)
        let talk = services.conversations.map {
            ConversationHandlers(
                services: services,
                options: options,
                conversations: $0,
                streams: streams,
                runs: lookup
            )
        }
        let table =
            Self.reading(reads) + Self.commanding(commands) + Self.following(stream)
            + (talk.map(Self.conversing) ?? []) + Self.caring(care)
        routes = table + [Self.describing(table)]
    }

    private static func reading(_ handlers: RunReadHandlers) -> [Route] {
        [
            Route(
                .get,
                "/v1/runs",
                "Lists runs, the latest started first.",
                query: [
                    .text("status", "Names of statuses separated by commas; also unfinished, ended, all."),
                    .text("role", "Only runs of this role."),
                    .text("after", "The next of the page before."),
                    .number("limit", "Runs on the page.", in: 1...RunReadHandlers.pageMax),
                ],
                reply: .document(200, .runPage),
                handler: handlers.list
            ),
            Route(
                .get,
                "/v1/runs/{id}",
                "Shows one run.",
                reply: .document(200, .run),
                refusals: [404, 409],
                handler: handlers.one
            ),
            Route(
                .get,
                "/v1/runs/{id}/state",
                "The fold of a run's log, whole or up to a transition.",
                query: [.number("at", "The last transition to fold.", in: 1...Int.max)],
                reply: .document(200, .state),
                refusals: [404, 409],
                handler: handlers.state
            ),
            Route(
                .get,
                "/v1/runs/{id}/transitions",
                "A run's transitions in order.",
                query: [
                    .number("after", "The seq before the first.", in: 0...Int.max),
                    .number("limit", "Transitions on the page.", in: 1...1000),
                ],
                reply: .document(200, .transitionPage),
                refusals: [404, 409],
                handler: handlers.transitions
            ),
            Route(
                .get,
                "/v1/fleet",
                "The states of the runs at hand, and the place in the log that they are true for.",
                reply: .document(200, .fleet),
                handler: handlers.fleet
            ),
            Route(
                .get,
                "/v1/content",
                "Words by their names.",
                query: [.text("ids", "Up to \(ContentDocument.idsMax) names separated by commas.")],
                reply: .document(200, .content),
                needsRuns: false,
                handler: handlers.content
            ),
        ]
    }

    private static func commanding(_ handlers: RunCommandHandlers) -> [Route] {
        func command(
            _ path: String,
            _ summary: String,
            _ request: Schema?,
            reply: Int = 200,
            admission: @escaping Route.Admission = {},
            _ handler: @escaping Route.Handler
        ) -> Route {
            Route(
                .post,
                "/v1/runs/{id}/" + path,
                summary,
                request: request,
                reply: .document(reply, .receipt),
                refusals: [404, 409, 422],
                admission: admission,
                handler: handler
            )
        }
        return [
            Route(
                .post,
                "/v1/runs",
                "Starts a run.",
                request: .start,
                reply: .document(201, .receipt),
                refusals: [422],
                admission: handlers.expectRoom,
                handler: handlers.start
            ),
            command("pause", "Lets a run decide nothing more until it is resumed.", nil, handlers.pause),
            command("resume", "Lets a paused run go on.", nil, handlers.resume),
            command("cancel", "Ends a run and all that it delegated.", .cancel, handlers.cancel),
            command(
                "fork",
                "Starts a run from another's transition.",
                .fork,
                reply: 201,
                admission: handlers.expectRoom,
                handlers.fork
            ),
            command("budget", "Changes a run's limits.", .limits, handlers.budget),
            command("interrupts/{seq}", "Answers an open question.", .answer, handlers.answer),
            command(
                "effects/{seq}/settle",
                "Says whether an effect in doubt happened.",
                .settle,
                handlers.settle
            ),
        ]
    }

    private static func following(_ handler: StreamHandler) -> [Route] {
        [
            Route(
                .get,
                "/v1/stream",
                "Transitions as they are committed, as server-sent events: id is the place, data the CloudEvents "
                    + "object. Events output (streamed output, not kept) and lagged (caught up from the store) have no id.",
                query: [
                    .text("run", "Only these runs, separated by commas."),
                    .text("kind", "Only these kinds or families of kinds, separated by commas."),
                    .text("after", "Go on after this place; Last-Event-ID does the same and wins."),
                ],
                reply: .text("text/event-stream"),
                refusals: [404, 409, 410],
                handler: handler.open
            )
        ]
    }

    private static func conversing(_ handlers: ConversationHandlers) -> [Route] {
        [
            Route(
                .post,
                "/v1/conversations",
                "Begins a conversation.",
                request: .startConversation,
                reply: .document(201, .conversation),
                refusals: [422],
                needsRuns: false,
                handler: handlers.start
            ),
            Route(
                .get,
                "/v1/conversations",
                "Lists conversations, the latest started first.",
                query: [
                    .text("after", "The next of the page before."),
                    .number("limit", "Conversations on the page.", in: 1...500),
                ],
                reply: .document(200, .conversationPage),
                needsRuns: false,
                handler: handlers.list
            ),
            Route(
                .get,
                "/v1/conversations/{id}",
                "Shows one conversation.",
                reply: .document(200, .conversation),
                refusals: [404],
                needsRuns: false,
                handler: handlers.one
            ),
            Route(
                .post,
                "/v1/conversations/{id}/messages",
                "Adds a message, which a run will answer. Messages of a conversation are answered one after the other.",
                request: .postMessage,
                reply: .document(202, .message),
                refusals: [404],
                needsRuns: false,
                handler: handlers.post
            ),
            Route(
                .get,
                "/v1/conversations/{id}/messages",
                "The messages of a conversation in order.",
                query: [
                    .number("after", "The number before the first.", in: 0...Int.max),
                    .number("limit", "Messages on the page.", in: 1...500),
                ],
                reply: .document(200, .messagePage),
                refusals: [404],
                needsRuns: false,
                handler: handlers.messages
            ),
            Route(
                .get,
                "/v1/conversations/{id}/stream",
                "The messages of a conversation as they come, as server-sent events: id is the message's number.",
                query: [
                    .number(
                        "after",
                        "The number before the first; Last-Event-ID does the same and wins.",
                        in: 0...Int.max
                    )
                ],
                reply: .text("text/event-stream"),
                refusals: [404],
                needsRuns: false,
                handler: handlers.stream
            ),
        ]
    }

    private static func caring(_ handlers: CareHandlers) -> [Route] {
        [
            Route(
                .get,
                "/v1/roles",
                "The roles that runs can have.",
                reply: .document(200, .rolePage),
                needsRuns: false,
                handler: handlers.roles
            ),
            Route(
                .get,
                "/v1/roles/{role}",
                "One role.",
                reply: .document(200, .role),
                refusals: [404],
                needsRuns: false,
                handler: handlers.role
            ),
            Route(
                .get,
                "/v1/memory",
                "What runs on a workspace have committed.",
                query: [
                    .text("workspace", "The folder, absolute."),
                    .text("q", "Words to look for, the best match first; without it, the latest first."),
                    .text("after", "The next of the page before; not together with q."),
                    .number("limit", "Memories at most.", in: 1...100),
                ],
                reply: .document(200, .memoryPage),
                needsRuns: false,
                handler: handlers.memory
            ),
            Route(
                .get,
                "/v1/daemon",
                "The daemon: version, process, store, counts.",
                reply: .document(200, .daemon),
                needsRuns: false,
                handler: handlers.daemon
            ),
            Route(
                .get,
                "/v1/replicas",
                "The processes of the cluster that are there.",
                reply: .document(200, .replicaPage),
                needsRuns: false,
                handler: handlers.replicas
            ),
            Route(
                .post,
                "/v1/daemon/stay",
                "Lets a daemon that would end by itself stay until it is stopped.",
                reply: .document(200, .daemon),
                needsRuns: false,
                handler: handlers.stay
            ),
            Route(
                .get,
                "/healthz",
                "Whether the process answers.",
                reply: .document(200, .health),
                needsRuns: false,
                handler: handlers.health
            ),
            Route(
                .get,
                "/readyz",
                "Whether the runs have been taken up.",
                reply: .document(200, .health),
                needsRuns: false,
                handler: handlers.ready
            ),
            Route(
                .get,
                "/metrics",
                "Metrics in Prometheus' text format, or in OpenMetrics for who accepts that rather.",
                reply: .text("text/plain"),
                needsRuns: false,
                handler: handlers.metrics
            ),
        ]
    }

    /// Describes all routes, itself included.
    private static func describing(_ routes: [Route]) -> Route {
        func route(_ handler: @escaping Route.Handler) -> Route {
            Route(
                .get,
                "/openapi.json",
                "This description.",
                reply: .text("application/json"),
                needsRuns: false,
                handler: handler
            )
        }
        let all = routes + [route { _ throws(Problem) in Answer(bytes: []) }]
        return route { _ throws(Problem) in Answer(bytes: OpenAPI.document(all).bytes(.pretty) + [0x0A]) }
    }
}
