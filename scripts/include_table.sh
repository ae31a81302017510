#!/bin/sh
# Holds src/ to the include table of ARCHITECTURE.md, which is the only place where it is written down.
# Usage: include_table.sh [ROOT]. Prints one line per violation and fails; called by ctest as `include_table`.
set -eu
root=${1:-$(dirname "$0")/..}
cd "$root"
[ -f ARCHITECTURE.md ] || { echo "include table: ARCHITECTURE.md is missing, and the table is in it"; exit 1; }
[ -d src ] || { echo "include table: there is no src/"; exit 1; }

# The file names go through awk's ARGV, one awk for all of them: a few hundred files take milliseconds.
find src -type f \( -name '*.cpp' -o -name '*.h' \) | LC_ALL=C sort | awk '
function complain(what) { print file ":" line ": " what; bad++ }

# "base os" | "–" | "all" | "all but client, cli"  ->  allowed[who, folder]
function permit(who, cell,    words, count, i, but) {
  rule[who] = cell
  gsub(/[`,]/, " ", cell)
  count = split(cell, words, /[ \t]+/)
  but = 0
  for (i = 1; i <= count; i++) {
    if (words[i] == "all") everything[who] = 1
    else if (words[i] == "but") but = 1
    else if (words[i] != "" && but) denied[who, words[i]] = 1
    else if (words[i] != "") allowed[who, words[i]] = 1
  }
}

function read_table(    cells, name, names, count, i) {
  while ((getline row < "ARCHITECTURE.md") > 0) {
    if (row !~ /^\|[ \t]*`src\//) continue
    split(row, cells, "|")
    count = split(cells[2], names, ",")
    gsub(/^[ \t]+|[ \t]+$/, "", cells[4])
    for (i = 1; i <= count; i++) {
      name = names[i]
      gsub(/[` \t]/, "", name)
      sub(/^src\//, "", name)
      sub(/\/$/, "", name)
      if (name !~ /\./) folder[name] = 1
      known[name] = 1
      permit(name, cells[4])
    }
    rows++
  }
  close("ARCHITECTURE.md")
}

function check_file(    text, path, owner, target) {
  owner = file
  sub(/^src\//, "", owner)
  sub(/\/.*/, "", owner)
  line = 0
  if (!(owner in known)) { complain("the include table has no row for src/" owner); return }
  while ((getline text < file) > 0) {
    line++
    if (text !~ /^[ \t]*#[ \t]*include[ \t]*[<"]/) continue
    path = text
    sub(/^[^<"]*[<"]/, "", path)
    sub(/[>"].*/, "", path)
    target = path
    sub(/\/.*/, "", target)
    if (target != path && (target in folder)) {
      if (target != owner && ((owner, target) in denied || !(owner in everything || (owner, target) in allowed)))
        complain("includes " path ", but " owner " may include only: " rule[owner])
    } else if (path ~ /^\.\.?\//) {
      complain("includes " path ": write it from src/ on")
    } else if (path ~ posix && owner != "os") {
      complain("includes <" path ">: POSIX headers stay in src/os")
    } else if (path == "sqlite3.h" && file !~ /^src\/store\/sqlite\//) {
      complain("includes <sqlite3.h>: it stays in src/store/sqlite")
    } else if (path ~ /^boost\/beast/ && !(file in beast)) {
      beast[file] = 1
      beasts++
      if (beasts > 4) complain("is file number " beasts " with Boost.Beast; it builds slowly, so four are the limit")
    }
  }
  close(file)
}

BEGIN {
  posix = "^((sys|netinet|arpa|linux|net|netpacket)/.*|(unistd|fcntl|poll|signal|spawn|pwd|grp|dirent|netdb|termios|sched|pthread|semaphore|dlfcn|ifaddrs|wordexp|ftw|glob|syslog|utime|aio|mqueue)\\.h)$"
  read_table()
  if (!rows) { print "include table: ARCHITECTURE.md has no row that begins with | `src/…` |"; failed = 1; exit 1 }
}
{ file = $0; files++; check_file() }
END {
  if (failed) exit 1
  if (bad) { print "include table: " bad " violation" (bad > 1 ? "s" : ""); exit 1 }
  print "include table: " files " files keep to it"
}'
