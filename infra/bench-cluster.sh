#!/bin/sh
# The figures of a cluster, in docs/performance.md from section 9 on. Some minutes.
set -eu
exec Tests/Benchmarks/langgraph/run.sh
