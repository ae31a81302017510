#!/usr/bin/env bash
# What share of each parser's lines its fuzz target reaches with the inputs of tests/fuzz/corpus. Reads
# tests/fuzz/parsers.txt; wants 85 % of each. Called by ./test --fuzz with build/fuzz built.
# Usage: fuzz_coverage.sh [REGEX]
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
only=${1:-}
tree=$root/build/fuzz
wanted=85
work=$tree/coverage
mkdir -p "$work"
cd "$root"
short=0

# Lines of FILE's code, of those that the rule lets count, as "<lines> <reached>". A function is what begins with a line
# without indentation and ends with the next "}" without one.
count_lines() {
  local lcov=$1 file=$2 rule=$3
  awk -v file="/$file" -v sign="${rule:0:1}" -v wanted="${rule:1}" '
    FILENAME != ARGV[1] {  # the source
      if (!inside && $0 ~ /^[^ \t}\/#]/ && wanted != "" && $0 ~ wanted) inside = 1
      chosen[FNR] = inside
      if ($0 ~ /^}|^[^ ].*[};]$/) inside = 0  # the end, or a function of one line
      next
    }
    /^SF:/ { ours = substr($0, length($0) - length(file) + 1) == file }
    ours && /^DA:/ { split(substr($0, 4), part, ","); if (!(part[1] in count) || part[2] > count[part[1]]) count[part[1]] = part[2] }
    END {
      for (line in count) {
        if ((sign == "-" && chosen[line]) || (sign == "+" && !chosen[line])) continue
        lines++
        if (count[line] > 0) reached++
      }
      printf "%d %d\n", lines, reached
    }' "$lcov" "$file"
}

printf '%-14s %-34s %7s %9s\n' target parser lines reached
last=''
while read -r target file rule; do
  [[ $target && $target != \#* ]] || continue
  if [[ $only && ! "fuzz: $target" =~ $only ]]; then continue; fi
  program=$tree/fuzz_$target lcov=$work/$target.lcov
  if [[ $target != "$last" ]]; then
    last=$target
    LLVM_PROFILE_FILE=$work/$target.profraw "$program" -runs=0 "tests/fuzz/corpus/$target" > "$work/$target.log" 2>&1
    llvm-profdata merge -sparse "$work/$target.profraw" -o "$work/$target.profdata"
    llvm-cov export -format=lcov "$program" "-instr-profile=$work/$target.profdata" > "$lcov" 2> /dev/null
    rm "$work/$target.profraw"
  fi
  read -r lines reached < <(count_lines "$lcov" "$file" "$rule")
  percent=$(( lines > 0 ? 100 * reached / lines : 0 ))
  mark=''
  if (( percent < wanted )); then mark="  less than $wanted %"; short=$((short + 1)); fi
  printf '%-14s %-34s %7s %7s %%%s\n' "$target" "${file#src/}" "$lines" "$percent" "$mark"
done < tests/fuzz/parsers.txt
(( short == 0 ))
