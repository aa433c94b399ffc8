#!/bin/sh
# Puts the programs, roles, themes and recordings under a prefix.
set -eu
prefix=$1
install -d "$prefix/bin" "$prefix/share/soma"
install -m 755 -s .build/release/soma .build/release/somad "$prefix/bin/"
rm -rf "$prefix/share/soma/agents" "$prefix/share/soma/themes" "$prefix/share/soma/recordings"
cp -R agents themes docs/recordings "$prefix/share/soma/"
echo "Installed soma and somad in $prefix/bin. Completions: soma completions bash|zsh|fish"
