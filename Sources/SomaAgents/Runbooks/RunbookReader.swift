import SomaCore
package import SomaSettings

/// Reads runbooks. Every problem of a file is reported with its line and column.
package struct RunbookReader: Sendable {
    /// The role that follows the runbook: its tools and delegates are the ones that steps may name.
    let role: Role
    /// The tools there are.
    let tools: [String: ToolSpecification]

    package init(role: Role, tools: [ToolSpecification]) {
        self.role = role
        self.tools = Dictionary(tools.map { ($0.name, $0) }) { first, _ in first }
    }

    /// How many steps a runbook may have.
    package static let stepsMax = 64

    /// Reads a runbook.
    ///
    /// - Throws: `SettingsError` with every place that is wrong.
    package func read(_ text: String, file: String) throws(SettingsError) -> Runbook {
        try YAMLReader().document(text, file: file).decode { object in runbook(object) }
    }

    private func runbook(_ object: YAMLObject) -> Runbook? {
        let name = object.required("name", .name)
        let version = object.value("version", .integer(in: 1...1_000_000), default: 1)
        let summary = object.required("description", .text(scalarsMax: 500))
        let matches = object.value("matches", .list(of: Self.pattern, count: 0...100), default: [])
        let parameters = object.value("parameters", .list(of: Self.parameter, count: 0...50), default: [])
        let steps = object.required("steps", .list(of: step, count: 1...Self.stepsMax))
        let expect = object.value("expect", .list(of: expectation, count: 0...100), default: [])
        let report = object.required("report", .template)
        let output = object.optional("output", .templated)
        let remember = object.value("remember", .template, default: "")
        guard let name, let summary, let steps, let report else { return nil }
        let runbook = Runbook(
            name: name,
            version: version,
            summary: summary,
            matches: matches,
            parameters: parameters,
            steps: steps,
            expect: expect,
            report: report,
            output: output,
            remember: remember
        )
        check(runbook, object)
        return runbook
    }

    // MARK: - Goals and parameters

    private static var pattern: YAMLRule<GoalPattern> {
        YAMLRule(expected: "a way to say the goal") { (cursor: YAMLCursor) in
            guard let text = YAMLRule<String>.text(scalarsMax: 300).read(cursor) else { return nil }
            do throws(TemplateError) {
                return try GoalPattern(text)
            } catch {
                cursor.report(error.description)
                return nil
            }
        }
    }

    private static var parameter: YAMLRule<RunbookParameter> {
        .object("a parameter") { object in
            let name = object.required("name", .name)
            let kind = object.value("type", .word, default: RunbookParameter.Kind.text)
            let summary = object.value("description", .text(), default: "")
            let isRequired = object.value("required", .boolean, default: false)
            let fallback = object.value("default")
            guard let name else { return nil }
            var parameter = RunbookParameter(name: name, kind: kind, summary: summary, isRequired: isRequired)
            if let fallback {
                parameter.fallback = JSON(fallback.node).flatMap { parameter.value($0) }
                if parameter.fallback == nil { fallback.reportMismatch(expected: parameter.expected) }
            }
            return parameter
        }
    }

    // MARK: - Steps

    private var step: YAMLRule<PlannedStep> {
        .object("a step") { object in
            let id = object.required("id", .name)
            let title = object.required("title", .text(scalarsMax: 200))
            let work = work(object)
            var step = PlannedStep(id: id ?? "", title: title ?? "", work: work)
            step.criterion = object.optional("criterion", .text(scalarsMax: 500))
            step.when = object.optional("when", .condition)
            step.optional = object.optional("optional", .boolean)
            step.tries = object.optional("tries", .integer(in: 1...10))
            step.expect = object.optional("expect", .list(of: expectation, count: 0...50))
            step.alternatives = object.optional("alternatives", .list(of: alternative, count: 0...10))
            return id == nil || title == nil || work == nil ? nil : step
        }
    }

    private var alternative: YAMLRule<Alternative> {
        .object("an alternative") { object in
            let title = object.optional("title", .text(scalarsMax: 200))
            let after = object.optional("after", .list(of: YAMLRule<Trouble.Kind>.word, count: 1...5))
            return work(object).map { Alternative($0, title: title, after: after) }
        }
    }

    /// The one of `tool`, `delegate` and `ask` that is there.
    private func work(_ object: YAMLObject) -> Work? {
        let tool = object.optional("tool", toolName)
        let arguments = object.optional("arguments", .templated)
        let delegate = object.optional("delegate", delegation)
        let ask = object.optional("ask", .template)
        let approve = object.optional("approve", Self.approval)
        let attempts = object.optional("attempts", .integer(in: 1...10))
        let timeout = object.optional("timeout", .duration(in: .seconds(1) ... .seconds(86_400)))
        let kinds = ["tool", "delegate", "ask"].filter { object.value($0) != nil }
        guard kinds.count == 1 else {
            object.cursor.report(
                "expected one of the keys tool, delegate and ask, found \(kinds.isEmpty ? "none" : kinds.joined(separator: " and "))"
            )
            return nil
        }
        if kinds[0] != "tool" {
            for key in ["arguments", "approve", "attempts", "timeout"] {
                object.key(key)?.report("expected \"\(key)\" only beside \"tool\"")
            }
        }
        guard tool != nil || delegate != nil || ask != nil else { return nil }
        var work = Work(tool: tool, arguments: arguments, delegate: delegate, ask: ask)
        work.approve = approve
        work.attempts = attempts
        work.seconds = timeout.map { Int($0.components.seconds) }
        if let tool, let arguments, let place = object.value("arguments") {
            check(arguments, for: tool, place)
        }
        return work
    }

    private static var approval: YAMLRule<Work.Approval> {
        .object("a risk and a reason") { object in
            let risk = object.required("risk", .template)
            let reason = object.required("reason", .template)
            guard let risk, let reason else { return nil }
            return Work.Approval(risk: risk, reason: reason)
        }
    }

    private var delegation: YAMLRule<Delegation> {
        .object("a delegation") { object in
            let other = object.required("role", .oneOf(role.delegates))
            let goal = object.required("goal", .template)
            let runbook = object.optional("runbook", .name)
            let parameters = object.optional("parameters", .templated)
            let limits = object.optional("budget", RoleReader.limits)
            guard let other, let goal else { return nil }
            return Delegation(
                role: other,
                goal: goal,
                runbook: runbook,
                parameters: parameters,
                limits: limits
            )
        }
    }

    /// A tool that there is and that the role may use.
    private var toolName: YAMLRule<String> {
        YAMLRule(expected: "a tool") { (cursor: YAMLCursor) in
            guard let name = cursor.node.text, tools[name] != nil || MemoryTools.names.contains(name) else {
                let near = cursor.node.text.flatMap { NearestName.find($0, among: tools.keys.sorted()) }
                cursor.reportMismatch(expected: "a tool", suggestion: near)
                return nil
            }
            guard role.allows(tool: name) else {
                cursor.report(
                    "expected a tool in the scope of \(role.name) (\(role.tools.joined(separator: ", "))), found \"\(name)\""
                )
                return nil
            }
            return name
        }
    }
}
