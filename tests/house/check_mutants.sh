#!/usr/bin/env bash
# Planted bugs (base/mutant.h): each stands in the table and in a source, no header has one, the sources that have one
# are those that are compiled again, and nothing of them is in what is shipped.
#   check_mutants.sh ROOT PROGRAM…
source "$(dirname "$0")/common.sh"
root=$1
shift
table=tests/sim/mutants.def
list=tests/sim/program/CMakeLists.txt

places=$(cd "$root" && tree_files . '*.cpp' '*.h' ':!tests' | xargs -r grep -oE 'CANTUS_MUTANT\([a-z_]+\)' -H || true)
names=$(sed -nE 's/^MUTANT\(([a-z_]+), .*/\1/p' "$root/$table")
used=$(sed -E 's/.*\((.*)\)/\1/' <<<"$places" | grep -vx name | sort -u)
while IFS= read -r name; do
  [[ -z $name ]] || fault "$table: no source has $name"
done < <(sort <<<"$names" | comm -23 - <(printf '%s\n' "$used"))
while IFS= read -r name; do
  [[ -z $name ]] || fault "$table does not have $name"
done < <(sort <<<"$names" | comm -13 - <(printf '%s\n' "$used"))
while IFS= read -r name; do
  fault "$table has $name twice"
done < <(sort <<<"$names" | uniq -d)

with=$(cut -d: -f1 <<<"$places" | sort -u)
while IFS= read -r header; do
  fault "$header: a header is the same in all programs, and has no planted bug"
done < <(grep '\.h$' <<<"$with" | grep -vx base/mutant.h || true)
sources=$(grep '\.cpp$' <<<"$with" || true)
listed=$(sed -n '/^set(mutant_sources/,/)/p' "$root/$list" | grep -oE '[a-z_/]+\.cpp' | sort -u)
while IFS= read -r source; do
  [[ -z $source ]] || fault "$list: mutant_sources lacks $source"
done < <(comm -23 <(printf '%s\n' "$sources") <(printf '%s\n' "$listed"))
while IFS= read -r source; do
  [[ -z $source ]] || fault "$list: $source of mutant_sources has no planted bug"
done < <(comm -13 <(printf '%s\n' "$sources") <(printf '%s\n' "$listed"))

# A switch is asked for by its name, by a function.
for program in "$@"; do
  while IFS= read -r found; do
    fault "$(basename "$program") has $found"
  done < <(grep -aoE "mutant_switch|MutantSwitch|$(paste -sd'|' <<<"$names")" "$program" | sort -u || true)
done
finish
