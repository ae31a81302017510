#!/bin/sh
# Makes the wrong copy of one source file. Usage: apply.sh REPOSITORY PATCH FILE DIRECTORY
set -e
mkdir -p "$4/$(dirname "$3")"
cp "$1/$3" "$4/$3"
patch --quiet --strip=1 --fuzz=0 --no-backup-if-mismatch --directory="$4" < "$2" || {
  echo "$2 does not apply to $3 any more: make it say the same of the code as it is now" >&2
  rm -f "$4/$3"
  exit 1
}
