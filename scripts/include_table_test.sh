#!/bin/sh
# Shows that include_table.sh can fail: each row plants one violation in a small clean tree and must be caught.
set -eu
check=$(cd "$(dirname "$0")" && pwd)/include_table.sh
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failures=0

clean_tree() {
  rm -rf "${tree:?}"/*
  mkdir -p "$tree"/src/base "$tree"/src/os "$tree"/src/store/sqlite "$tree"/src/server "$tree"/src/cli
  cat > "$tree/ARCHITECTURE.md" <<'TABLE'
| folder | what lives there | may include |
|---|---|---|
| `src/base` | pure | – |
| `src/os` | the outside world | base |
| `src/store` | the data | base os |
| `src/server` | the server | all but client, cli |
| `src/cli` | the commands | base os |
| `src/one.cpp`, `src/two.cpp` | the two mains | all |
TABLE
  printf '#include <string>\n#include "base/b.h"\n' > "$tree/src/base/a.h"
  printf '#include <unistd.h>\n#include "base/a.h"\n' > "$tree/src/os/files.cpp"
  printf '#include <sqlite3.h>\n#include "os/files.h"\n' > "$tree/src/store/sqlite/db.cpp"
  printf '#include "store/store.h"\n#include <boost/beast/http.hpp>\n' > "$tree/src/server/routes.cpp"
  printf '#include "cli/table.h"\n' > "$tree/src/cli/main.cpp"
  printf '#include "cli/main.h"\n' > "$tree/src/one.cpp"
}

# expect RESULT NAME [FILE LINE]
expect() {
  want=$1 name=$2
  clean_tree
  if [ $# -gt 2 ]; then
    mkdir -p "$tree/$(dirname "$3")"
    printf '%s\n' "$4" >> "$tree/$3"
  fi
  if output=$(sh "$check" "$tree" 2>&1); then got=passes; else got=fails; fi
  if [ "$got" != "$want" ]; then
    echo "$name: $got, but should be: $want"
    printf '%s\n' "$output" | sed 's/^/  /'
    failures=$((failures + 1))
  fi
}

expect passes 'the clean tree'
expect passes 'a comment that names an include' src/base/a.h '// #include "os/files.h"'
expect fails 'a folder above one’s own' src/base/a.h '#include "os/files.h"'
expect fails 'the same in angle brackets' src/base/a.h '#  include <os/files.h>'
expect fails 'what “all but” names' src/server/routes.cpp '#include "cli/table.h"'
expect fails 'a folder without a row' src/attic/x.h '#include <string>'
expect fails 'a relative path' src/os/files.cpp '#include "../base/a.h"'
expect fails 'POSIX outside os' src/store/sqlite/db.cpp '#include <sys/stat.h>'
expect fails 'POSIX in a main' src/one.cpp '#include <signal.h>'
expect fails 'SQLite beside its folder' src/store/rows.cpp '#include <sqlite3.h>'

clean_tree
for n in 1 2 3 4; do echo '#include <boost/beast/core.hpp>' > "$tree/src/server/b$n.cpp"; done
if sh "$check" "$tree" > /dev/null; then echo 'a fifth file with Beast: passes'; failures=$((failures + 1)); fi

clean_tree
echo 'no table' > "$tree/ARCHITECTURE.md"
if sh "$check" "$tree" > /dev/null; then echo 'no table: passes'; failures=$((failures + 1)); fi

[ "$failures" -eq 0 ] || exit 1
echo 'include table: every planted violation is caught'
