# Shared by ./run, ./test and .ci/run, which source it: packages, build trees, long steps that show progress. Bash.
# Sets `root` (the repository) and goes nowhere: the caller keeps its working directory.

root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)

build_packages=(
  g++:build-essential make:build-essential cmake ninja:ninja-build ccache git patch
  :libboost1.81-dev :libboost-json1.81-dev :libexpected-dev :libfmt-dev :libcli11-dev :libsqlite3-dev :libmd-dev
)
test_packages=(:libgtest-dev :libgmock-dev :libbenchmark-dev chromium)
tidy_packages=(clang-format clang-tidy)
fuzz_packages=(clang llvm-cov:llvm :libclang-rt-14-dev)

if [[ -t 1 && -z ${NO_COLOR:-} ]]; then bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' plain=$'\e[0m'; else bold='' dim='' red='' plain=''; fi

say() { printf '%s\n' "${bold}==>${plain} $*"; }
complain() { printf '%s\n' "${red}error:${plain} $*" >&2; }

# sudo asks on the terminal, not on stdin; without a terminal no one can answer, so it must not ask.
as_root() {
  if (( EUID == 0 )); then
    "$@"
  elif ! command -v sudo > /dev/null; then
    complain "this needs root, and there is no sudo. As root, run: $*"
    return 1
  elif (exec < /dev/tty) 2> /dev/null; then
    sudo "$@"
  else
    sudo -n "$@"
  fi
}

# Each argument is what must be there: `command:package`, `:package` without a command, or one word for both.
ensure_packages() {
  local entry command package missing=()
  for entry in "$@"; do
    command=${entry%%:*} package=${entry##*:}
    if [[ -n $command ]] && command -v "$command" > /dev/null; then continue; fi
    if [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null) == installed ]]; then continue; fi
    [[ " ${missing[*]} " == *" $package "* ]] || missing+=("$package")
  done
  (( ${#missing[@]} )) || return 0
  if ! command -v apt-get > /dev/null; then
    complain "missing here: ${missing[*]} (the names are Debian 12's); install them and run this again"
    return 1
  fi
  local how=''
  (( EUID == 0 )) || how=' with sudo'
  mkdir -p "$root/build"
  local package_index_is_old=''
  for package in "${missing[@]}"; do
    apt-cache show "$package" > /dev/null 2>&1 || package_index_is_old=yes
  done
  if [[ $package_index_is_old ]]; then
    run_long "apt-get update$how" apt-update as_root apt-get -q update
  fi
  local install=(as_root env DEBIAN_FRONTEND=noninteractive apt-get -qy --no-install-recommends
                 -o DPkg::Lock::Timeout=600 install "${missing[@]}")
  local title="apt-get install$how: ${missing[*]}"
  if ! run_long "$title" apt-install "${install[@]}"; then
    # An index that knows a package may still name a version that is gone from the mirror.
    run_long "apt-get update$how" apt-update as_root apt-get -q update
    run_long "$title" apt-install "${install[@]}"
  fi
}

# Any Node with npm will do to install the packages of web/, which bring the Node that builds and tests run on.
ensure_node() {
  [[ -e $root/web/package.json ]] || return 0
  if command -v node > /dev/null && command -v npm > /dev/null; then return 0; fi
  ensure_packages node:nodejs npm
}

# run_long TITLE LOG COMMAND...: says the title, shows progress, keeps all output in build/LOG.log, and shows its end on
# failure. Lines like ninja's and ctest's "[3/80] …" and " 3/80 …" become one moving line, or a line per tenth.
run_long() {
  local title=$1 log=$root/build/$2.log started=$SECONDS status=0
  shift 2
  say "$title"
  mkdir -p "$root/build"
  { "$@" 2>&1 || printf 'exit status %s\n' "$?" > "$log.failed"; } < /dev/null | tee "$log" | show_progress || status=$?
  if [[ -e $log.failed ]]; then
    rm -f "$log.failed"
    complain "$title: failed after $((SECONDS - started)) s; from ${log#"$root"/}:"
    # ninja goes on with what else it can: its first failure says more than its last lines.
    if grep -q '^FAILED: ' "$log"; then
      sed -n '/^FAILED: /,$p' "$log" | sed '/^\/.*c++ -D/d' | head -n 60 >&2
    else
      tail -n 60 "$log" >&2
    fi
    return 1
  fi
  return "$status"
}

show_progress() {
  local line step total tenth last_tenth=-1
  while IFS= read -r line; do
    [[ $line =~ ^\[?\ *([0-9]+)/([0-9]+)[]\ ] ]] || continue
    step=${BASH_REMATCH[1]} total=${BASH_REMATCH[2]}
    (( step > 0 )) || continue
    if [[ -t 1 ]]; then
      printf '\r\e[K    %s' "${dim}${line:0:$(( ${COLUMNS:-100} - 6 ))}${plain}"
    else
      tenth=$(( total > 0 ? step * 10 / total : 0 ))
      if (( tenth != last_tenth )); then printf '    %s/%s\n' "$step" "$total"; fi
      last_tenth=$tenth
    fi
  done
  if [[ -t 1 ]]; then printf '\r\e[K'; fi
}

# configure_tree PRESET: a tree that was configured elsewhere (a moved clone) is made anew.
configure_tree() {
  local tree=$root/build/$1 home=''
  if [[ -e $tree/CMakeCache.txt ]]; then
    home=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$tree/CMakeCache.txt")
    if [[ $home != "$root" ]]; then
      say "build/$1 belongs to $home; making it anew"
      rm -rf "$tree"
    fi
  fi
  in_root run_long "Configuring build/$1" "configure-$1" cmake --preset "$1"
}

# build_tree PRESET [TARGET...]
build_tree() {
  local preset=$1 targets=()
  shift
  (( $# == 0 )) || targets=(--target "$@")
  in_root run_long "Building build/$preset" "build-$preset" cmake --build --preset "$preset" "${targets[@]}"
}

in_root() { ( cd "$root" && "$@" ); }
