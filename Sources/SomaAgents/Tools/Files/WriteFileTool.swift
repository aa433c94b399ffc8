import SomaCore

/// Writes a whole file.
package struct WriteFileTool: FileTool {
    package init() {}

    package let specification = ToolSpecification(
        name: "write_file",
        summary: """
            Writes a file of the workspace, replacing what was there; missing folders are made. The old or the new \
            file is there at every moment. Writing what is there already changes nothing.
            """,
        parameters: Parameters.object(
            [
                "path": Parameters.path("The file, relative to the workspace."),
                "content": Parameters.text("The whole content."),
                "executable": [
                    "type": "boolean", "description": "Whether it can be run; left out: as it was.",
                ],
            ],
            required: ["path", "content"]
        ),
        effect: .idempotent,
        reach: .workspace,
        risk: "Replaces a file of the workspace.",
        timeout: .seconds(30)
    )

    func perform(
        _ arguments: JSON,
        in workspace: Workspace,
        _ policy: ToolPolicy,
        _ stop: StopSignal
    ) throws(ToolError) -> ToolResult {
        let path = try workspace.relative(arguments["path"]?.string ?? "")
        let bytes = Array((arguments["content"]?.string ?? "").utf8)
        guard bytes.count <= policy.fileBytesMax else {
            throw ToolError(.tooLarge, "The content is larger than \(policy.fileBytesMax) bytes.")
        }
        let outcome = try workspace.writeFile(
            path,
            .bytes(bytes),
            isExecutable: arguments["executable"]?.bool
        )
        return ToolResult(
            output: [
                "path": .string(path.text), "bytes": JSON(bytes.count), "outcome": .string(outcome.rawValue),
                "changed": .bool(outcome != .unchanged),
            ],
            text: "\(path.text): \(outcome.rawValue), \(bytes.count) bytes"
        )
    }
}

/// Appends one line; an effect that must not happen twice.
package struct AppendLineTool: FileTool {
    package init() {}

    package let specification = ToolSpecification(
        name: "append_line",
        summary: "Appends one line to a file of the workspace, making it where it is missing.",
        parameters: Parameters.object(
            [
                "path": Parameters.path("The file, relative to the workspace."),
                "line": [
                    "type": "string", "description": "The line, without its line feed.", "maxLength": 65536,
                    "pattern": "^[^\\n\\r]*$",
                ],
            ],
            required: ["path", "line"]
        ),
        effect: .once,
        reach: .workspace,
        risk: "Adds a line to a file; doing it twice adds it twice.",
        timeout: .seconds(30)
    )

    func perform(
        _ arguments: JSON,
        in workspace: Workspace,
        _ policy: ToolPolicy,
        _ stop: StopSignal
    ) throws(ToolError) -> ToolResult {
        let path = try workspace.relative(arguments["path"]?.string ?? "")
        let line = Array((arguments["line"]?.string ?? "").utf8)
        try workspace.append(path, line: line)
        return ToolResult(
            output: ["path": .string(path.text), "bytes": JSON(line.count + 1)],
            text: "\(path.text): one line appended"
        )
    }
}
