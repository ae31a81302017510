#!/bin/sh
# What users run has no fault point in it, and the test programs have: else this look would prove nothing.
# Usage: none_in_real_programs.sh BUILD_TREE
tree=$1
mark='fault point '
wrong=0
for program in stream-status stream-statusd; do
  if grep -aq "$mark" "$tree/$program"; then
    echo "$program has fault points: $(grep -ao "$mark[a-z_]*" "$tree/$program" | sort -u | tr '\n' ' ')"
    wrong=1
  fi
  if ! grep -aq "$mark" "$tree/faulty/$program"; then
    echo "faulty/$program has no fault point"
    wrong=1
  fi
done
exit $wrong
