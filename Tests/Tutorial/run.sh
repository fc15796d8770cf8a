#!/usr/bin/env bash
# Runs every command of docs/tutorial.md, as it stands there but for the minutes of training, in a folder of its own.
set -euo pipefail
cd "$(dirname "$0")/../.."
clone=$PWD

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for part in Sources Examples docs .build Package.swift; do ln -s "$clone/$part" "$folder/$part"; done

commands=$folder/commands.sh
# The blocks of commands, one after another; the build is that of this clone.
awk '/^```sh$/ { inside = 1; next } /^```$/ { inside = 0 } inside' docs/tutorial.md |
  sed -e 's/^swift build .*/:/' -e 's/--minutes [0-9.]*/--minutes 0.1/' > "$commands"
grep -q '^rnn report' "$commands"

cd "$folder"
bash -euo pipefail -x "$commands" > output.txt
for file in hihello.html backtest.svg activations.svg gradient.html flow.svg states.html information.html automaton.svg \
  report.html report.ipynb; do
  [ -s "hour/$file" ] || { echo "the tutorial made no hour/$file" >&2; exit 1; }
done
grep -q 'hihellohihello\|hihello hihello' output.txt || { echo "the tutorial's first network does not write hihello" >&2; exit 1; }
