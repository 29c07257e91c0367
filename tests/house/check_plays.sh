#!/usr/bin/env bash
# What the pages say that a test plays, a test plays: each `ctest -R PATTERN` in a page meets a test, and each row of the
# table "What plays these pages" of docs/operations.md names tests that are there.
#   check_plays.sh ROOT TESTS
# TESTS: a build folder, or a file with the name of each test, one a line.
source "$(dirname "$0")/common.sh"
root=$1
tests=$2
page=docs/operations.md
if [[ -d $tests ]]; then
  tests=$(mktemp)
  trap 'rm -f "$tests"' EXIT
  ctest --test-dir "$2" -N | sed -nE 's/^ *Test +#[0-9]+: //p' >"$tests"
fi

while IFS= read -r said; do
  pattern=$(sed -E "s/.*\`ctest -R ('([^']*)'|([^\` ]*)).*/\2\3/" <<<"$said")
  grep -qE -- "$pattern" "$tests" || fault "${said%%:*}: no test is named like $pattern"
done < <(cd "$root" && tree_files . '*.md' | xargs -r grep -oE '`ctest -R [^`]*`' -H | sort -u)

rows=$(sed -n '/^| Procedure | Played by |$/,/^$/p' "$root/$page" | sed 1,2d | sed '/^$/d')
[[ -n $rows ]] || fault "$page: there is no table of procedures and who plays them"
while IFS= read -r row; do
  names=$(cut -d'|' -f3 <<<"$row" | grep -oE '`[a-z0-9_]+`' | tr -d '`') || fault "$page: nothing plays: $row"
  for name in $names; do
    grep -qxF -- "$name" "$tests" || fault "$page: there is no test $name"
  done
done <<<"$rows"
finish
