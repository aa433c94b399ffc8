import SomaCore

/// The two tools by which a run reads and keeps memories. Every role has them.
package enum MemoryTools {
    /// Finds memories of earlier runs on the workspace.
    package static let recall = ToolSpecification(
        name: "memory_recall",
        summary: "Finds what earlier runs on this workspace committed, the best match first.",
        parameters: [
            "type": "object",
            "properties": [
                "query": ["type": "string", "description": "Words to look for.", "maxLength": 1000],
                "limit": ["type": "integer", "minimum": 1, "maximum": 20, "default": 5],
            ],
            "required": ["query"], "additionalProperties": false,
        ],
        effect: .read,
        reach: .nothing,
        risk: "Shows what earlier runs committed.",
        timeout: .seconds(10)
    )

    /// Keeps something for later runs on the workspace.
    package static let commit = ToolSpecification(
        name: "memory_commit",
        summary: "Keeps something for later runs on this workspace; the same title again replaces it.",
        parameters: [
            "type": "object",
            "properties": [
                "title": ["type": "string", "minLength": 1, "maxLength": 400],
                "text": ["type": "string", "minLength": 1, "maxLength": 65536],
            ],
            "required": ["title", "text"], "additionalProperties": false,
        ],
        effect: .idempotent,
        reach: .nothing,
        risk: "Later runs on this workspace will read it.",
        timeout: .seconds(10)
    )

    /// Both.
    package static let specifications = [commit, recall]
    /// Their names.
    package static let names: Set<String> = [recall.name, commit.name]
}
