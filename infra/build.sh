#!/bin/sh
# The release build. The standard library is linked in: the programs start quicker and run without a toolchain.
set -eu
[ -x .build/release/somad ] || echo "The first build takes some minutes, most of them for packages that Soma stands on."
# Types are made by the code that the compiler wrote for them, not by looking their names up in tables of the whole
# program: that took a quarter of the time in which a command starts.
#
# Whether the compiler colours its words is part of each command: left to whether this is a terminal, everything would be
# built anew as soon as somebody writes the output to a file.
build() {
    swift build -c release --static-swift-stdlib --no-color-diagnostics \
        -Xswiftc -Xfrontend -Xswiftc -disable-concrete-type-metadata-mangled-name-accessors --product "$1"
}
build somad
build soma
