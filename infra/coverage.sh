#!/bin/sh
# Lines of Sources that the tests ran, by target; with a number, fails below that many percent in all.
set -eu
least=${1:-0}
data=$(swift test --show-codecov-path 2>/dev/null)
[ -f "$data" ] || { echo "There is no coverage yet: run make test." >&2; exit 1; }
python3 - "$data" "$least" <<'PY'
import json, os, sys
files = json.load(open(sys.argv[1]))["data"][0]["files"]
least = float(sys.argv[2])
root = os.path.realpath("Sources") + os.sep
generated = {"SomaTerminal/Text/UnicodeTables.swift"}
targets = {}
for file in files:
    name = os.path.realpath(file["filename"])
    if not name.startswith(root): continue
    name = name[len(root):]
    if name in generated: continue
    lines = file["summary"]["lines"]
    total = targets.setdefault(name.split(os.sep)[0], [0, 0])
    total[0] += lines["covered"]; total[1] += lines["count"]
for name, (covered, count) in sorted(targets.items()):
    print(f"  {name:<18}{100 * covered / max(1, count):6.1f} %   {covered} of {count} lines")
covered = sum(t[0] for t in targets.values()); count = sum(t[1] for t in targets.values())
share = 100 * covered / max(1, count)
print(f"  {'all':<18}{share:6.1f} %")
if share < least:
    sys.exit(f"Coverage is {share:.1f} %; {least:g} % are wanted.")
PY
