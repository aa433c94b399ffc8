#!/bin/sh
# What `make run` shows: a real survey of the folder that it stands in.
set -eu
soma=.build/release/soma
if [ -t 0 ] && [ -t 1 ]; then
    run=$("$soma" run "survey ." --detach)
    exec "$soma" --view "run:$run"
fi
exec "$soma" run "survey ."
