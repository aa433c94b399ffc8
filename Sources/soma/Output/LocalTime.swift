import Glibc
import SomaCore

/// Times as the person's clock shows them. JSON has UTC.
enum LocalTime {
    /// Hours to milliseconds: `14:02:11.483`.
    static func clock(_ moment: Timestamp) -> String {
        String(local(moment).description.dropFirst(11).prefix(12))
    }

    /// Day and time: `2026-03-04 14:02:11`.
    static func day(_ moment: Timestamp) -> String {
        let text = local(moment).description
        return text.prefix(10) + " " + text.dropFirst(11).prefix(8)
    }

    private static func local(_ moment: Timestamp) -> Timestamp {
        var seconds = time_t(moment.microseconds / 1_000_000)
        var parts = tm()
        localtime_r(&seconds, &parts)
        return moment + .seconds(parts.tm_gmtoff)
    }
}
