package import SomaCore

/// One step of a plan, as a runbook or a model wrote it: what is to be done and how one knows that it was.
///
/// A plan's content is a JSON array of these. Texts in `work` and `expect` are templates, filled in when the
/// step is due.
package struct PlannedStep: Sendable, Hashable, Codable {
    /// A short name, unique in the plan: letters, digits, `-` and `_`.
    package var id: String
    /// What it does, in one line.
    package var title: String
    /// How one knows that it was done, in words.
    package var criterion: String?
    /// What is done; `nil` leaves it to the model.
    package var work: Work?
    /// What is done instead where that fails, in order.
    package var alternatives: [Alternative]?
    /// What is checked afterwards.
    package var expect: [Expectation]?
    /// A condition; where it doesn't hold, the step is skipped.
    package var when: String?
    /// Whether the plan goes on without it where it fails.
    package var optional: Bool?
    /// How often it is tried as a whole, each with all of its alternatives.
    package var tries: Int?

    package init(id: String, title: String, work: Work? = nil) {
        self.id = id
        self.title = title
        self.work = work
    }

    package var isOptional: Bool { optional ?? false }

    /// The work of the first choice, or of an alternative.
    package func work(candidate: Int) -> Work? {
        guard candidate > 0 else { return work }
        let alternatives = alternatives ?? []
        return candidate <= alternatives.count ? alternatives[candidate - 1].work : nil
    }

    /// The first alternative after a candidate that a trouble calls for.
    package func alternative(after candidate: Int, for trouble: Trouble.Kind) -> Int? {
        for (index, alternative) in (alternatives ?? []).enumerated() where index + 1 > candidate {
            if (alternative.after ?? Alternative.usual).contains(trouble) { return index + 1 }
        }
        return nil
    }

    /// The steps whose values it can't do without.
    package var needs: Set<String> {
        guard let work else { return [] }
        var needs: Set<String> = []
        for path in work.templates.compactMap({ try? Template($0) }).flatMap({ $0.paths(required: true) })
        where path.first == "steps" && path.count > 1 {
            needs.insert(path[1])
        }
        return needs
    }
}

/// What a step does: exactly one of a tool call, a delegation and a question.
package struct Work: Sendable, Hashable, Codable {
    /// The tool that is called.
    package var tool: String?
    /// Its arguments; texts in them are templates.
    package var arguments: JSON?
    /// How often a call that failed for a passing reason is made; `nil` leaves it to the tool's class.
    package var attempts: Int?
    /// How long a call may take, in seconds; `nil` leaves it to the tool.
    package var seconds: Int?
    /// Why a person must approve it.
    package var approve: Approval?
    /// The part of the work that another role does.
    package var delegate: Delegation?
    /// What a person is asked; a template.
    package var ask: String?

    /// Why a person is asked before a call.
    package struct Approval: Sendable, Hashable, Codable {
        /// What is at risk; a template.
        package var risk: String
        /// Why it is wanted; a template.
        package var reason: String
    }

    package init(tool: String? = nil, arguments: JSON? = nil, delegate: Delegation? = nil, ask: String? = nil)
    {
        self.tool = tool
        self.arguments = arguments
        self.delegate = delegate
        self.ask = ask
    }

    /// Every text in it that is a template.
    package var templates: [String] {
        var templates = arguments.map(Self.texts) ?? []
        if let approve { templates += [approve.risk, approve.reason] }
        if let delegate { templates += [delegate.goal] + (delegate.parameters.map(Self.texts) ?? []) }
        if let ask { templates.append(ask) }
        return templates
    }

    static func texts(_ json: JSON) -> [String] {
        switch json {
        case .string(let text): [text]
        case .array(let elements): elements.flatMap(texts)
        case .object(let object): object.members.flatMap { texts($0.value) }
        default: []
        }
    }

    /// A value with its templates filled in.
    package static func filled(_ json: JSON, _ values: some TemplateValues) throws(TemplateError) -> JSON {
        switch json {
        case .string(let text): return try Template(text).json(values)
        case .array(let elements):
            var filled: [JSON] = []
            for element in elements { filled.append(try Self.filled(element, values)) }
            return .array(filled)
        case .object(let object):
            var filled = JSONObject()
            for member in object.members { filled[member.key] = try Self.filled(member.value, values) }
            return .object(filled)
        default: return json
        }
    }
}

/// Part of the work, given to another role.
package struct Delegation: Sendable, Hashable, Codable {
    /// The role.
    package var role: String
    /// Its goal; a template.
    package var goal: String
    /// The runbook that it follows; `nil` lets the goal decide.
    package var runbook: String?
    /// The runbook's parameters; texts are templates.
    package var parameters: JSON?
    /// The most that it may use; parts that are missing get half of what is left.
    package var limits: Limits?

    package init(
        role: String,
        goal: String,
        runbook: String? = nil,
        parameters: JSON? = nil,
        limits: Limits? = nil
    ) {
        self.role = role
        self.goal = goal
        self.runbook = runbook
        self.parameters = parameters
        self.limits = limits
    }
}

/// What is done instead.
package struct Alternative: Sendable, Hashable, Codable {
    /// What it is, in one line.
    package var title: String?
    /// The work.
    package var work: Work
    /// The troubles that it is for; `nil` is all but a person's no.
    package var after: [Trouble.Kind]?

    static let usual: [Trouble.Kind] = [.failed, .unverified, .unable]

    package init(_ work: Work, title: String? = nil, after: [Trouble.Kind]? = nil) {
        self.work = work
        self.title = title
        self.after = after
    }
}

/// What went wrong with a step.
package struct Trouble: Sendable, Hashable {
    /// What kind of thing.
    package enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        /// The call, the child or the question failed.
        case failed
        /// A person said no.
        case rejected
        /// It was done, but a check of it failed.
        case unverified
        /// It could not even be tried: an argument is missing, a tool out of scope.
        case unable
        /// The plan itself is found wanting.
        case outdated
    }

    package var kind: Kind
    /// The step, from 0; `nil` is the whole.
    package var step: Int?

    package init(_ kind: Kind, step: Int?) {
        self.kind = kind
        self.step = step
    }
}
