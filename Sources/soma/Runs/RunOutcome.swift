import SomaCore

/// How the end of a run becomes the end of a command.
enum RunOutcome {
    static func waiting(_ run: RunDocument) -> CommandFailure {
        let wait = run.waits.first { $0.needsPerson }
        let place = wait?.seq.map { "\(run.id.short)/\($0)" } ?? run.id.short
        switch wait?.reason {
        case "doubt":
            return CommandFailure(
                .waiting,
                "\(run.id.short) doesn't know whether \(wait?.name ?? "a call") happened.",
                hint: "soma settle \(place) --happened   or   --not-happened"
            )
        case "budget":
            return CommandFailure(
                .waiting,
                "\(run.id.short) has used up its budget (\(wait?.name ?? "")).",
                hint: "soma show \(run.id.short)   then   soma budget \(run.id.short) --usd X | --steps N"
            )
        default:
            return CommandFailure(
                .waiting,
                "\(run.id.short) waits for you.",
                hint:
                    "soma show \(run.id.short)   tells what it asks\n"
                    + "  soma approve \(place)   or   soma reject \(place) -m WHY   or   soma answer \(place) TEXT"
            )
        }
    }
}
