#!/bin/sh
# Draws the pictures of README and docs/tour.md anew, from the recording that comes along.
set -eu
soma=${SOMA:-.build/release/soma}
export TZ=UTC
draw() {
    name=$1
    shift
    "$soma" screen --replay docs/recordings/demo.soma.ndjson --format svg "$@" >"docs/images/$name.svg"
    echo "docs/images/$name.svg"
}
draw home --view home --size 120x32
draw fleet --view fleet --size 120x28
draw agents --view agents --size 120x24
draw approvals --view approvals --size 120x34
draw effects --view effects --size 120x28
draw events --view events --size 120x28
draw plan-graph --view plan:fwawcr --size 150x44
draw plan-graph-small --view plan:rsv655 --size 80x24
draw run --view run:rsv655 --size 120x34
draw waterfall --view run:fwawcr --size 120x28 --keys "w"
draw compare --view compare:8et31j --size 140x32
draw past --view plan:rsv655 --at 240 --size 150x40
draw split --view fleet --size 160x40 --keys "j |"
draw help --view help --size 120x44
