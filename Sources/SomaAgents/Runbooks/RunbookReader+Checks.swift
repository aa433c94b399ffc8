import SomaCore
import SomaSettings

/// Expectations, and what only the whole file can show to be wrong.
extension RunbookReader {
    var expectation: YAMLRule<Expectation> {
        .object("an expectation") { object in
            let says = object.optional("says", .text(scalarsMax: 200))
            if let exit = object.optional("exit", .integer(in: 0...255)) {
                var expectation = Expectation("exit", .equals, JSON(exit))
                expectation.says = says
                return expectation
            }
            let value = object.value("value", .expression, default: "text")
            let names = Expectation.Comparison.allCases.map(\.rawValue)
            let given = names.filter { object.value($0) != nil }
            guard given.count == 1, let comparison = Expectation.Comparison(rawValue: given[0]) else {
                let found = given.isEmpty ? "none" : given.joined(separator: " and ")
                object.cursor.report(
                    "expected exit or one of \(names.joined(separator: ", ")), found \(found)"
                )
                return nil
            }
            var expectation = Expectation(value, comparison)
            expectation.says = says
            switch comparison {
            case .agreesWith:
                guard let second = object.optional(given[0], measurement) else { return nil }
                expectation.second = second
            case .exists: _ = object.optional(given[0], .boolean)
            default:
                expectation.operand = object.optional(given[0], .templated)
                if comparison == .matches, let place = object.value(given[0]) { checkPattern(place) }
            }
            return expectation
        }
    }

    private func checkPattern(_ place: YAMLCursor) {
        guard let pattern = place.node.text, (try? Template(pattern))?.isPlain == true else { return }
        do throws(LinearRegexError) {
            _ = try LinearRegex(pattern, mode: .lines)
        } catch {
            place.report("expected a regular expression: \(error)")
        }
    }

    private var measurement: YAMLRule<Expectation.Measurement> {
        .object("a second measurement") { object in
            let tool = object.optional("tool", measuringTool)
            let arguments = object.optional("arguments", .templated)
            let value = object.required("value", .expression)
            let tolerance = object.value("tolerance")
            guard let value else { return nil }
            var measurement = Expectation.Measurement(tool: tool, arguments: arguments, value: value)
            if let tolerance { read(tolerance, into: &measurement) }
            if let tool, let arguments, let place = object.value("arguments") {
                check(arguments, for: tool, place)
            }
            return measurement
        }
    }

    private var measuringTool: YAMLRule<String> {
        YAMLRule(expected: "a tool that only reads, in the scope of \(role.name)") { node in
            guard let name = node.text, role.allows(tool: name), tools[name]?.effect == .read else {
                return nil
            }
            return name
        }
    }

    private func read(_ tolerance: YAMLCursor, into measurement: inout Expectation.Measurement) {
        let text = tolerance.node.text ?? ""
        let number = Double(text.hasSuffix("%") ? String(text.dropLast()) : text)
        guard let number, number.isFinite, number >= 0 else {
            return tolerance.reportMismatch(
                expected: "a number that is not negative, or hundredths such as 5%"
            )
        }
        if text.hasSuffix("%") {
            measurement.tolerancePercent = number
        } else {
            measurement.tolerance = number
        }
    }

    /// Reports arguments that the tool's schema refuses, as far as that shows before templates are filled in.
    func check(_ arguments: JSON, for tool: String, _ place: YAMLCursor) {
        guard let specification = tools[tool], let object = arguments.object else { return }
        let known = specification.parameters["properties"]?.object?.keys ?? []
        let isClosed = specification.parameters["additionalProperties"] == false
        for key in object.keys where isClosed && !known.contains(key) {
            let near = NearestName.find(key, among: known)
            place.report(
                "\(tool) takes no \"\(key)\" (known: \(known.joined(separator: ", ")))",
                suggestion: near
            )
        }
        for key in specification.parameters["required"]?.array?.compactMap(\.string) ?? []
        where object[key] == nil {
            place.report("\(tool) needs \"\(key)\"")
        }
        let isPlain = Work.texts(arguments).allSatisfy { (try? Template($0))?.isPlain == true }
        guard isPlain, let schema = try? JSONSchema(specification.parameters) else { return }
        for violation in schema.violations(of: schema.fillingDefaults(arguments)).prefix(5) {
            place.report("\(tool) can't take these arguments: \(violation)")
        }
    }

    /// Reports steps of one name, and paths that lead nowhere.
    func check(_ runbook: Runbook, _ object: YAMLObject) {
        let ids = runbook.steps.map(\.id)
        let parameters = runbook.parameters.map(\.name)
        let place = object.value("steps") ?? object.cursor
        for id in Set(ids.filter { id in ids.count { $0 == id } > 1 }).sorted() {
            place.report("expected each step to have a name of its own, found \"\(id)\" twice")
        }
        for pattern in runbook.matches {
            for name in pattern.parameters where !parameters.contains(name) {
                (object.value("matches") ?? object.cursor)
                    .report(
                        "\"\(pattern.source)\" names a parameter \"\(name)\" that is not one",
                        suggestion: NearestName.find(name, among: parameters)
                    )
            }
        }
        for (index, step) in runbook.steps.enumerated() {
            var sources = ([step.work] + (step.alternatives ?? []).map(\.work)).compactMap { $0 }.flatMap(
                \.templates
            )
            sources += (step.expect ?? []).flatMap(\.templates)
            if let when = step.when { sources.append("{% if \(when) %}{% endif %}") }
            // A step may read what is before it; its checks may read its own result too.
            check(sources, steps: Array(ids[...index]), parameters, at: place, of: "step \(step.id)")
        }
        for (key, text) in [("report", runbook.report), ("remember", runbook.remember)] {
            check([text], steps: ids, parameters, at: object.value(key) ?? object.cursor, of: key)
        }
        if let output = runbook.output {
            check(
                Work.texts(output),
                steps: ids,
                parameters,
                at: object.value("output") ?? object.cursor,
                of: "output"
            )
        }
    }

    private func check(
        _ sources: [String],
        steps: [String],
        _ parameters: [String],
        at place: YAMLCursor,
        of what: String
    ) {
        let roots = [
            "params", "steps", "run", "goal", "recalled", "checks", "output", "text", "exit", "ok", "status",
        ]
        for path in sources.compactMap({ try? Template($0) }).flatMap({ $0.paths() }) {
            guard let root = path.first else { continue }
            if !roots.contains(root) {
                place.report(
                    "\(what): there is no \"\(path.joined(separator: "."))\"",
                    suggestion: NearestName.find(root, among: roots)
                )
            } else if root == "steps", path.count > 1, !steps.contains(path[1]) {
                place.report(
                    "\(what): there is no step \"\(path[1])\" before it",
                    suggestion: NearestName.find(path[1], among: steps)
                )
            } else if root == "params", path.count > 1, !parameters.contains(path[1]) {
                place.report(
                    "\(what): there is no parameter \"\(path[1])\"",
                    suggestion: NearestName.find(path[1], among: parameters)
                )
            }
        }
    }
}

extension Expectation {
    /// Every text in it that is a template, expressions as templates of their own.
    var templates: [String] {
        let own = ["{{ \(value) }}"] + (operand.map(Work.texts) ?? [])
        let measured = second.map {
            ($0.arguments.map(Work.texts) ?? []) + ($0.tool == nil ? ["{{ \($0.value) }}"] : [])
        }
        return own + (measured ?? [])
    }
}
