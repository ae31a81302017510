#!/bin/sh
# The sanitizers' reports of one test run: `begin DIR` empties DIR, `end DIR` prints what lies in it and fails if anything does.
set -eu
case $1 in
  begin)
    rm -rf "$2"
    mkdir -p "$2"
    ;;
  end)
    for report in "$2"/*; do
      [ -e "$report" ] || { echo 'no reports'; exit 0; }
      echo "$report:"
      head -n 120 "$report"
    done
    exit 1
    ;;
esac
