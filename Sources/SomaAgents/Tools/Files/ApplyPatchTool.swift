import SomaCore

/// Applies a patch to files of the workspace: all of it or nothing.
package struct ApplyPatchTool: FileTool {
    package init() {}

    package let specification = ToolSpecification(
        name: "apply_patch",
        summary: """
            Applies a patch in the unified format (--- a/PATH, +++ b/PATH, @@ hunks) to files of the workspace. Every \
            hunk's context must fit; otherwise nothing is changed and the answer says what did not fit. A patch that \
            has been applied already changes nothing.
            """,
        parameters: Parameters.object(
            [
                "patch": [
                    "type": "string", "description": "The patch.", "minLength": 1, "maxLength": 4_000_000,
                ],
                "check_only": Parameters.flag(
                    "Whether to say what would happen and change nothing.",
                    byDefault: false
                ),
            ],
            required: ["patch"]
        ),
        effect: .idempotent,
        reach: .workspace,
        risk: "Changes, adds and removes files of the workspace.",
        timeout: .seconds(30)
    )

    func perform(
        _ arguments: JSON,
        in workspace: Workspace,
        _ policy: ToolPolicy,
        _ stop: StopSignal
    ) throws(ToolError) -> ToolResult {
        let patch = try UnifiedDiff(Array((arguments["patch"]?.string ?? "").utf8))
        let checksOnly = arguments["check_only"]?.bool ?? false
        let plan = try PatchPlan(patch, in: workspace, stop)
        guard plan.misfits.isEmpty else { return Self.refusal(plan.misfits) }
        if !checksOnly { try plan.write() }
        return Self.summary(plan.changes, checksOnly: checksOnly)
    }

    private static func refusal(_ misfits: [PatchPlan.Misfit]) -> ToolResult {
        let lines = misfits.map {
            "\($0.path.text): hunk at line \($0.patchLine) of the patch: \($0.reason)"
        }
        return ToolResult(
            failure: .failed,
            output: [
                "applied": false,
                "failures": .array(
                    misfits.map {
                        [
                            "path": .string($0.path.text), "patch_line": JSON($0.patchLine),
                            "reason": .string($0.reason),
                        ]
                    }
                ),
            ],
            text: "The patch does not fit; nothing was changed.\n" + lines.joined(separator: "\n")
        )
    }

    private static func summary(_ changes: [PatchPlan.Change], checksOnly: Bool) -> ToolResult {
        ToolResult(
            output: [
                "applied": .bool(!checksOnly), "changed": .bool(changes.contains { !$0.isNothing }),
                "files": .array(
                    changes.map {
                        [
                            "path": .string($0.path.text), "outcome": .string($0.outcome.rawValue),
                            "shifted_hunks": JSON($0.shiftedHunks),
                        ]
                    }
                ),
            ],
            text: changes.map { "\($0.path.text): \($0.outcome.rawValue)" }.joined(separator: "\n")
        )
    }
}
