/// The tools that come with the product.
package enum BuiltinTools {
    /// All tools that need nothing from outside.
    package static var all: [any Tool] {
        [
            ReadFileTool(), ListFilesTool(), SearchTool(), SurveyFilesTool(), WriteFileTool(), ApplyPatchTool(),
            AppendLineTool(), ShellTool(),
        ]
    }
}
