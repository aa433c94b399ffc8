package import SomaHTTP

/// The tools that come with the product.
package enum BuiltinTools {
    /// All tools that need nothing from outside.
    package static var all: [any Tool] {
        [
            ReadFileTool(), ListFilesTool(), SearchTool(), SurveyFilesTool(), WriteFileTool(),
            ApplyPatchTool(),
            AppendLineTool(), CountLinesTool(), GitLogStatsTool(), ShellTool(), HostDiskTool(),
            HostMemoryTool(),
            HostLoadTool(), HostPortsTool(), HostClockTool(), HostInfoTool(),
        ]
    }

    /// All tools, with HTTP through the program's one client.
    package static func all(client: HTTPClient) -> [any Tool] { all + [HttpGetTool(client: client)] }
}
