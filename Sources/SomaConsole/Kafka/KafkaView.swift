import SomaCore
import SomaTerminal

/// The topics of a cluster, or its groups.
enum KafkaView: Feature {
    static var filter: WritableKeyPath<AppState, String>? { \.kafkaView.filter }
    static let hints = ["app.help", "kafka.open", "kafka.groups", "app.filter", "kafka.internal"]

    static func arrange(_ state: inout AppState) { state.arrangeKafka() }

    static func counts(_ state: AppState) -> (shown: Int, total: Int)? {
        guard let cluster = state.kafka.cluster else { return nil }
        let total = state.kafkaView.part == .topics ? cluster.topics.count : cluster.groups.count
        return (state.kafkaView.names.count, total)
    }

    static func noun(_ count: Int) -> String { count == 1 ? "topic or group" : "topics or groups" }
    static func selectedRun(_ state: AppState) -> RunID? { nil }

    static func update(_ state: inout AppState, mouse: MouseEvent, in rect: Rect) -> [AppEffect] {
        if mouse.wheelRows != 0 { return state.update(kafka: .moved(.rows(mouse.wheelRows))) }
        guard mouse.action == .press,
            let place = Table(columns: topicColumns).row(
                at: mouse.point,
                in: rect.part(row: 1).part(column: 1),
                state: state.kafkaView.list,
                count: state.kafkaView.names.count
            )
        else { return [] }
        if state.kafkaView.list.selected == place { return state.update(kafka: .opened) }
        return state.update(kafka: .selected(place))
    }

    // MARK: Drawing

    static func draw(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        KafkaHead.draw(state, on: &canvas, in: rect.part(rows: 1).inset(columns: 1), look)
        let body = rect.part(row: 1).part(column: 1)
        guard !state.kafkaView.names.isEmpty else {
            return KafkaHead.drawEmpty(emptyWords(state), on: &canvas, in: body, look)
        }
        switch state.kafkaView.part {
        case .topics: drawTopics(state, on: &canvas, in: body, look)
        case .groups: drawGroups(state, on: &canvas, in: body, look)
        }
    }

    private static func emptyWords(_ state: AppState) -> [String] {
        guard state.kafka.isNamed else { return KafkaHead.unnamed }
        guard let cluster = state.kafka.cluster else {
            return state.kafka.lost.map { [$0.reason] } ?? ["loading"]
        }
        if !state.kafkaView.filter.isEmpty { return ["Nothing matches. esc shows all again."] }
        if state.kafkaView.part == .groups { return ["No group reads here."] }
        return cluster.topics.isEmpty
            ? ["There is no topic yet."] : ["Only Kafka's own topics: i shows them."]
    }

    private static let topicColumns = [
        TableColumn("TOPIC", min: 16, max: 60, weight: 4, priority: 10),
        TableColumn("PARTS", width: 5, priority: 6, alignment: .right),
        TableColumn("MESSAGES", width: 11, priority: 8, alignment: .right),
        TableColumn("PER SECOND", width: 10, priority: 7, alignment: .right),
        TableColumn("GROUPS", width: 6, priority: 4, alignment: .right),
        TableColumn("LAG", width: 9, priority: 5, alignment: .right),
        TableColumn("", min: 0, weight: 1, priority: 1),
    ]

    private static func drawTopics(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        let topics = Dictionary((state.kafka.cluster?.topics ?? []).map { ($0.name, $0) }) { $1 }
        var table = Table(columns: topicColumns)
        table.isFocused = state.isActive
        let columns = table.widths(in: rect).first ?? 0
        table.draw(
            on: &canvas,
            in: rect,
            state: state.kafkaView.list,
            count: state.kafkaView.names.count,
            theme: look.theme,
            glyphs: look.glyphs
        ) { place in
            guard let topic = topics[state.kafkaView.names[place]] else { return Table.Row([]) }
            let groups = state.kafka.groups(of: topic.name)
            let lag = groups.reduce(0) { $0 + ($1.lag[topic.name] ?? 0) }
            let rate = state.kafka.rates[topic.name]
            let trouble = topic.leaderless > 0 ? "\(topic.leaderless) without a leader" : ""
            return Table.Row([
                StyledLine(name(place, state, columns, look), topic.isInternal ? look[.dim] : .plain),
                StyledLine("\(topic.partitions.count)", look[.dim]),
                StyledLine(Amounts.grouped(Int(clamping: topic.messages))),
                StyledLine(rate.map(Self.rate) ?? look.none, rate ?? 0 > 0 ? .plain : look[.dim]),
                StyledLine(groups.isEmpty ? look.none : "\(groups.count)", look[.dim]),
                StyledLine(
                    groups.isEmpty ? look.none : Amounts.grouped(Int(clamping: lag)),
                    lag > 0 ? look[.warning] : look[.dim]
                ),
                StyledLine(trouble, look[.bad]),
            ])
        }
    }

    private static let groupColumns = [
        TableColumn("GROUP", min: 16, max: 60, weight: 4, priority: 10),
        TableColumn("STATE", min: 6, max: 20, weight: 1, priority: 6),
        TableColumn("MEMBERS", width: 7, priority: 7, alignment: .right),
        TableColumn("LAG", width: 11, priority: 8, alignment: .right),
        TableColumn("TOPICS", min: 10, weight: 4, priority: 5),
    ]

    private static func drawGroups(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        let groups = Dictionary((state.kafka.cluster?.groups ?? []).map { ($0.name, $0) }) { $1 }
        var table = Table(columns: groupColumns)
        table.isFocused = state.isActive
        let columns = table.widths(in: rect).first ?? 0
        table.draw(
            on: &canvas,
            in: rect,
            state: state.kafkaView.list,
            count: state.kafkaView.names.count,
            theme: look.theme,
            glyphs: look.glyphs
        ) { place in
            guard let group = groups[state.kafkaView.names[place]] else { return Table.Row([]) }
            if let trouble = group.trouble {
                return Table.Row([
                    StyledLine(name(place, state, columns, look)),
                    StyledLine(group.state.firstLine, look[.dim]),
                    StyledLine(group.state.isEmpty ? look.none : "\(group.members)", look[.dim]),
                    StyledLine(look.none, look[.dim]), StyledLine(trouble.firstLine, look[.warning]),
                ])
            }
            let lag = group.lag.values.reduce(0, +)
            let topics = group.lag.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map {
                $0.value > 0
                    ? "\($0.key.firstLine) \(Amounts.short(Int(clamping: $0.value)))" : $0.key.firstLine
            }
            return Table.Row([
                StyledLine(name(place, state, columns, look)), StyledLine(group.state.firstLine, look[.dim]),
                StyledLine("\(group.members)", group.members == 0 ? look[.warning] : .plain),
                StyledLine(Amounts.grouped(Int(clamping: lag)), lag > 0 ? look[.warning] : look[.dim]),
                StyledLine(topics.joined(separator: ", "), look[.dim]),
            ])
        }
    }

    /// A row's name, told from those of the rows beside it.
    private static func name(_ place: Int, _ state: AppState, _ columns: Int, _ look: Look) -> String {
        let names = state.kafkaView.names
        let neighbours = [place - 1, place + 1].filter(names.indices.contains).map { names[$0].firstLine }
        let name = names[place].firstLine
        return NameCut.cut(name, beside: neighbours, to: columns, mark: look.glyphs.ellipsis)
    }

    /// Messages a second.
    static func rate(_ rate: Double) -> String {
        rate > 0 && rate < 10 ? "\((rate * 10).rounded() / 10)" : Amounts.short(Int(rate.rounded()))
    }
}

/// What both Kafka views say about the cluster.
enum KafkaHead {
    static let unnamed = [
        "No Kafka is named.", "",
        "  soma --kafka localhost:9092            look at any cluster",
        "  kafka:                                 or in soma.yaml, with TLS and a login",
        "    brokers: [localhost:9092]",
    ]

    static func draw(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        guard state.kafka.isNamed, !rect.isEmpty else { return }
        var line = StyledLine([])
        if let cluster = state.kafka.cluster {
            line.append(cluster.address.firstLine, look[.dim])
            let rate = state.kafka.rates.values.reduce(0, +)
            line.append(
                "\(look.dot)\(cluster.topics.count) topics\(look.dot)\(cluster.groups.count) groups"
                    + "\(look.dot)\(KafkaView.rate(rate)) messages/s",
                look[.dim]
            )
        }
        look.draw(line, on: &canvas, in: rect)
        drawLoss(state, on: &canvas, in: rect, look)
    }

    /// That what is shown is old, at the right.
    static func drawLoss(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        guard let lost = state.kafka.lost, state.kafka.cluster != nil else { return }
        let age = max(.zero, state.now - lost.since)
        let words = StyledLine(" lost \(Amounts.time(age)): \(lost.reason.firstLine)", look[.warning])
        look.draw(words, on: &canvas, in: rect.part(column: max(0, rect.columns - words.columns)))
    }

    static func drawEmpty(_ words: [String], on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        let body = rect.part(column: 1, row: 1)
        var row = 0
        for words in words {
            let isCode = words.hasPrefix("  ")
            // What is to be done may stand at the end of a long reason.
            let broken = isCode ? [] : DocumentLine(words.firstLine).rows(columns: body.columns)
            for line in broken.isEmpty ? [words] : broken.map(\.text) {
                look.draw(
                    StyledLine(line, isCode ? look[.code] : look[.dim]),
                    on: &canvas,
                    in: body.part(row: row)
                )
                row += 1
            }
        }
    }
}
