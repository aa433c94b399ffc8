import SomaAgents
import SomaSettings

/// What the settings let tools do.
enum ToolPolicySettings {
    static func policy(_ settings: Settings) -> ToolPolicy {
        var policy = ToolPolicy()
        policy.sandbox =
            switch settings.sandbox {
            case .required: .required
            case .preferred: .preferred
            case .off: .off
            }
        policy.allowsPrivateAddresses = settings.allowsPrivateAddresses
        policy.outputBytesMax = settings.toolOutputBytesMax
        return policy
    }
}
