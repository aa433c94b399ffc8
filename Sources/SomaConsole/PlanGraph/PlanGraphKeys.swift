import SomaTerminal

extension PlanGraphView {
    static func bindings(_ state: AppState) -> [KeyMap.Binding] {
        let bind = ViewKeys("plan", KeyMeaning.plan)
        return [
            bind(
                "back-step",
                "left h",
                "walk",
                "Back along the way the run took, one transition.",
                .walked(-1)
            ),
            bind("next-step", "right l", "walk", "Forth along the way, one transition.", .walked(1)),
            bind("pane", "tab", "steps", "Graph, steps, or both.", .paneSwitched),
            bind("whole", "g", "whole", "All edges, or those that matter.", .wholeToggled),
            bind("fold", "f", "fold", "Boxes and edges, or a line a node.", .foldToggled),
            bind("zoom", "z", "zoom", "Boxes of one line, with borders, or with what they call.", .zoomed),
            bind(
                "map",
                "M",
                "map",
                "A graph larger than its room in small, with what is in sight; or not.",
                .mapToggled
            ),
            bind(
                "open",
                "enter",
                "open",
                "The selected node's latest visit in the timeline, or what the run did.",
                .opened
            ),
            bind("copy", "y", "copy", "Copy the plan as text.", .copied),
            bind("center", "c", "center", "Back to the node that the run is in.", .centered),
            bind("pan-left", "H shift+left", "pan", "Move the picture to see what is left.", .panned(-8, 0)),
            bind(
                "pan-right",
                "L shift+right",
                "pan",
                "Move the picture to see what is right.",
                .panned(8, 0)
            ),
            bind("pan-down", "J shift+down", "pan", "Move the picture to see what is below.", .panned(0, 4)),
            bind("pan-up", "K shift+up", "pan", "Move the picture to see what is above.", .panned(0, -4)),
        ] + bind.moving { .moved($0) }
    }
}
