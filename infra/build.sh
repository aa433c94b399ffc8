#!/bin/sh
# The release build. The standard library is linked in: the programs start quicker and run without a toolchain.
set -eu
[ -x .build/release/somad ] || echo "The first build takes some minutes, most of them for packages that Soma stands on."
swift build -c release --static-swift-stdlib --product somad
swift build -c release --static-swift-stdlib --product soma
