package import Logging
package import SomaCore
package import SomaEngine

/// Something worth a line in the log.
package enum EngineNote: Sendable {
    case ended(Transition)
    case storeFailed(StoreError)
    /// After it had no room, it has taken a write.
    case storeWrites
    case notAdopted(RunID, TraceID, String)
    /// Runs came or went.
    case shared(LeaseNews)

    /// Writes it into the log.
    /// - Parameter namesTraces: Whether lines about runs name their traces.
    package func write(to logger: Logger, namesTraces: Bool = false) {
        func about(_ run: RunID, _ trace: TraceID) -> Logger.Metadata {
            namesTraces ? ["run": "\(run)", "trace_id": "\(trace)"] : ["run": "\(run)"]
        }
        switch self {
        case .ended(let transition):
            var metadata = about(transition.run, TraceIdentity.trace(of: transition))
            metadata["how"] = "\(transition.kind.name)"
            logger.info("The run has ended.", metadata: metadata)
        case .storeFailed(let error): logger.error("\(error.description)")
        case .storeWrites: logger.notice("There is room again, and everything goes on.")
        case .shared(.took(let count)): logger.info("Took up runs that nobody held: \(count).")
        case .shared(.parted(let count)):
            logger.info("Let runs go, so that others have their share: \(count).")
        case .shared(.lost(let error)): logger.warning("\(error.description)")
        case .shared(.overtaken(let count)):
            logger.warning("Runs that were at work here are another process's now: \(count).")
        case .shared(.unsure(let error)):
            logger.warning(
                """
                This process can't keep its runs, and others take them over: \(error.description) See that `cluster.lease` \
                is long enough and that the database that `store` names can be reached.
                """
            )
        case .shared(.renewed): return
        case .notAdopted(let run, let trace, let reason):
            logger.error("\(reason)", metadata: about(run, trace))
        }
    }
}
