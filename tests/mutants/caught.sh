#!/bin/sh
# Runs the tests that a patch names (Caught-By: a filter of GoogleTest) with its programs. Succeeds when every one of them
# fails: then they can fail, and what they watch is watched. Usage: caught.sh PATCH PROGRAMS LIFECYCLE_TESTS
filter=$(sed -n 's/^Caught-By: *//p' "$1")
[ -n "$filter" ] || { echo "$1 names no test that catches it"; exit 1; }
output=$(STREAM_STATUS_BIN=$2 "$3" --gtest_filter="$filter" 2>&1)
caught=$(printf '%s\n' "$output" | sed -n 's/^\[  FAILED  \] \([^ ,]*\).*ms)$/\1/p')
missed=$(printf '%s\n' "$output" | sed -n 's/^\[       OK \] \([^ ,]*\).*/\1/p')
[ -z "$caught" ] || printf 'caught by %s\n' $caught
[ -n "$caught" ] && [ -z "$missed" ] && exit 0
printf '%s\n' "$output"
[ -z "$missed" ] || printf 'not noticed by %s\n' $missed
exit 1
