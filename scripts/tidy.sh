#!/usr/bin/env bash
# clang-format over src/, tests/ and bench/, clang-tidy over src/, as two checks per file. Called by ./test --tidy with the
# release tree built: its dependency log tells which headers a file stands on, so that a file is looked at again only when
# it, one of our headers, the flags or the tool changed. build/tidy/verdict gets "PASSED FAILED".
set -euo pipefail
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/setup.sh"
only=${1:-}
tree=$root/build/release
cache=$root/build/tidy
mkdir -p "$cache"
rm -f "$cache/verdict"
cd "$root"
passed=0 failed=0

folders=()
for folder in src tests bench; do [[ ! -d $folder ]] || folders+=("$folder"); done
mapfile -t formatted < <(find "${folders[@]}" -name node_modules -prune -o -type f \( -name '*.cpp' -o -name '*.h' \) -print |
  LC_ALL=C sort | grep -E -- "${only:-.}")
for file in ${formatted[@]+"${formatted[@]}"}; do
  if clang-format --dry-run -Werror "$file" > "$cache/format.log" 2>&1; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    head -n 4 "$cache/format.log"
  fi
done
printf '    clang-format: %s files, %s to be formatted (clang-format -i)\n' "${#formatted[@]}" "$failed"

# <source> TAB <our file it stands on>, from the build.
ninja -C "$tree" -t deps | awk -v root="$root/" '
  /^[^ ].*: #deps/ { source = ""; next }
  /^    / {
    path = substr($0, 5)
    if (index(path, root) == 1) path = substr(path, length(root) + 1)
    else if (index(path, "../../") == 1) path = substr(path, 7)  # as ccache writes it, from the build tree
    else next
    if (source == "") source = path
    print source "\t" path
  }' > "$cache/dependencies"
tools=$(cat .clang-tidy CMakeLists.txt cmake/*.cmake scripts/tidy.sh; clang-tidy --version; g++ --version)

# One name per state of a file and of everything of ours that it includes.
state_of() {
  {
    printf '%s\n' "$tools" "$1"
    awk -F '\t' -v source="$1" '$1 == source { print $2 }' "$cache/dependencies" | LC_ALL=C sort -u |
      xargs -r -d '\n' sha256sum
    sha256sum "$1"
  } | sha256sum | cut -c 1-32
}

waiting=()
mapfile -t checked < <(find src -type f -name '*.cpp' | LC_ALL=C sort | grep -E -- "${only:-.}")
for file in ${checked[@]+"${checked[@]}"}; do
  state=$(state_of "$file")
  if [[ -e $cache/$state.clean ]]; then
    passed=$((passed + 1))
  else
    waiting+=("$state" "$file")
  fi
done
count=$(( ${#waiting[@]} / 2 ))
# A tree of its own, only configured: clang can not read g++'s precompiled headers, and without them it also finds what a
# file forgot to include.
if (( count )); then
  cmake --preset release -B "$cache/tree" -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON > "$cache/configure.log"
fi
printf '    clang-tidy: %s files, %s of them changed since they were clean\n' "${#checked[@]}" "$count"

# g++'s own warnings are the build's business; what clang does not know of them must not disturb.
tidy_one() {
  local state=$1 file=$2
  if clang-tidy -p "$cache/tree" --quiet --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-error "$file" \
    > "$cache/$state.log" 2> "$cache/$state.err"; then
    mv "$cache/$state.log" "$cache/$state.clean"
    echo "clean $file"
  else
    echo "dirty $file"
    sed 's/^/    /' "$cache/$state.log"
  fi
  rm -f "$cache/$state.log" "$cache/$state.err"
}
export -f tidy_one
export cache

if (( count )); then
  rm -f "$cache/results"
  printf '%s\0' "${waiting[@]}" | xargs -0 -n 2 -P "$(nproc)" bash -c 'output=$(tidy_one "$1" "$2"); printf "%s\n" "$output"' - |
    while IFS= read -r line; do
      case $line in
        'clean '* | 'dirty '*)
          printf '%s\n' "$line" >> "$cache/results"
          done_so_far=$(wc -l < "$cache/results")
          if [[ $line == dirty* ]]; then
            printf '    %s: clang-tidy complains\n' "${line#dirty }"
          elif (( done_so_far % 10 == 0 )); then
            printf '    %s/%s\n' "$done_so_far" "$count"
          fi
          ;;
        *) printf '%s\n' "$line" ;;
      esac
    done
  clean=$(grep -c '^clean ' "$cache/results" || true)
  passed=$((passed + clean))
  failed=$((failed + count - clean))
fi
# States of long ago.
find "$cache" -name '*.clean' -mtime +30 -delete
printf '%s %s\n' "$passed" "$failed" > "$cache/verdict"
