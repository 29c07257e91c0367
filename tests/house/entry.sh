#!/usr/bin/env bash
# The entry point while another build is under way: who only looks uses the program that is there, who starts a venue
# is told whom it waits for. A copy of the script with a program of its own; nothing is built.
#   entry.sh SCRIPT
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp "$1" "$folder/cantus"
mkdir -p "$folder/build/release/bin"
printf '#!/bin/sh\necho "ran $*"\n' >"$folder/build/release/bin/cantus"
chmod +x "$folder/build/release/bin/cantus"
# As if nothing had to be installed.
sed -n '/^packages_build=(/,/^)/p' "$1" >"$folder/packages"
# shellcheck source=/dev/null
source "$folder/packages"
printf '%s\n' "${packages_build[*]}" >"$folder/build/.packages-build"

expect() {  # TEXT WANTED : the text holds what is wanted
  [[ $1 == *"$2"* ]] || {
    printf 'wanted: %s\ngot: %s\n' "$2" "$1"
    exit 1
  }
}

echo 4711 >"$folder/build/release/.builder"
exec 8>"$folder/build/release/.lock"
flock 8
said=$("$folder/cantus" status --json 2>&1)
expect "$said" "a build is under way (process 4711)"
expect "$said" "ran status --json"

exec 7< <(exec "$folder/cantus" up 2>&1 8>&-)
up=$!
said=
until [[ $said == *"waiting for another build of release (process 4711)"* ]]; do
  IFS= read -r line <&7 || expect "$said" "waiting for another build of release (process 4711)"
  said+=$line
done
kill "$up"

status=0
said=$("$folder/cantus" build extra 2>&1) || status=$?
expect "$said" "takes no arguments: extra"
((status == 2))
expect "$("$folder/cantus" test --help)" "./cantus test --all"
echo good
