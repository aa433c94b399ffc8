import SomaCore

/// Whether commands can be run in a sandbox on this machine; what `soma doctor` asks.
package enum SandboxCheck {
    /// Runs an empty command in an empty workspace.
    ///
    /// - Returns: `nil` where it works, otherwise what is missing and what to do, as a sentence.
    package static func failure(scratchFolder: String = ToolPolicy().scratchFolder) async -> String? {
        await BlockingPool.commands.run { stop in
            do throws(ToolError) {
                let folder = try ScratchFolder(in: scratchFolder)
                var policy = ToolPolicy()
                policy.scratchFolder = scratchFolder
                policy.timeout = .seconds(10)
                let context = ToolContext(workspace: folder.path, policy: policy)
                let request = try ShellRequest(["command": "exit 0"], context, default: .seconds(10))
                let result = try request.perform(stop, { _ in })
                return result.isError ? result.text : nil
            } catch {
                return error.description
            }
        }
    }
}
