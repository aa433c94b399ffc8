/// What a style is for; a theme gives each role a style.
public enum ThemeRole: String, Sendable, Hashable, CaseIterable {
    /// Ordinary text.
    case text
    /// Text of less weight.
    case dim
    /// The name of a view or section.
    case title
    /// Column headings.
    case heading
    /// Frames and rules.
    case border
    /// The frame that has the focus.
    case borderFocused = "border-focused"
    /// What is current or active.
    case accent
    /// What waits for a person; the only bright thing on a screen.
    case attention
    /// Success.
    case good
    /// Failure.
    case bad
    /// Something to watch.
    case warning
    /// Neutral news.
    case info
    /// The selected row.
    case selection
    /// The selected row of a pane without focus.
    case selectionInactive = "selection-inactive"
    /// Rows chosen for a bulk action.
    case marked
    /// A search hit.
    case match
    /// The search hit that is current.
    case matchCurrent = "match-current"
    /// A key in a hint or in help.
    case key
    /// Text that is being edited.
    case input
    /// A completion that is offered.
    case completion
    /// Addresses and names that lead somewhere.
    case link
    /// Code, paths and identifiers.
    case code
    /// Numbers and other literal values.
    case number
    /// Quoted strings.
    case string
    /// Names of fields.
    case field
    /// Lines that a change adds.
    case added
    /// Lines that a change removes.
    case removed
    /// The filled part of a gauge.
    case gauge
    /// The empty part of a gauge.
    case gaugeEmpty = "gauge-empty"
    /// The track of a scrollbar.
    case scrollbar
    /// The thumb of a scrollbar.
    case scrollbarThumb = "scrollbar-thumb"
    /// A dialog.
    case modal
    /// A short message over the view.
    case toast
    /// The first series of a chart.
    case chart1
    /// The second series.
    case chart2
    /// The third series.
    case chart3
    /// The fourth series.
    case chart4
    /// The time cursor.
    case cursor
    /// A state: going on.
    case statusRunning = "status-running"
    /// A state: waits for a person.
    case statusNeedsPerson = "status-needs-person"
    /// A state: waits for something else.
    case statusWaiting = "status-waiting"
    /// A state: ended well.
    case statusDone = "status-done"
    /// A state: ended badly.
    case statusFailed = "status-failed"
    /// A state: ended by a person.
    case statusCancelled = "status-cancelled"
    /// A state: nobody knows.
    case statusInDoubt = "status-in-doubt"
    /// A state: nothing heard for too long.
    case statusStale = "status-stale"

    /// Whether the role is for text that must be read, so that its contrast counts.
    public var isText: Bool {
        switch self {
        case .border, .borderFocused, .gauge, .gaugeEmpty, .scrollbar, .scrollbarThumb, .chart1, .chart2,
            .chart3,
            .chart4, .cursor:
            false
        default: true
        }
    }

    /// The role whose style a theme uses where it says nothing about this one.
    var fallback: ThemeRole? {
        switch self {
        case .text: nil
        case .statusRunning, .borderFocused, .link, .key, .cursor, .chart1, .gauge, .completion: .accent
        case .statusNeedsPerson, .statusInDoubt, .matchCurrent: .attention
        case .statusWaiting, .statusCancelled, .border, .scrollbar, .gaugeEmpty, .heading, .scrollbarThumb:
            .dim
        case .statusDone, .added, .chart2, .string: .good
        case .statusFailed, .removed, .chart4: .bad
        case .statusStale, .chart3, .match: .warning
        case .marked, .selectionInactive: .selection
        case .info, .number, .field, .code: .accent
        case .dim, .title, .accent, .attention, .good, .bad, .warning, .selection, .input, .modal, .toast:
            .text
        }
    }
}
