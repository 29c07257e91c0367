#!/usr/bin/env bash
# Every header compiles alone. One that some source includes first is proven by the build; only the others are compiled
# here.   check_headers.sh ROOT COMPILER
source "$(dirname "$0")/common.sh"
root=$1
compiler=$2
cd "$root"

# The first include of each source.
proven=$(tree_files . '*.cpp' | xargs awk '
  FNR == 1 { seen = 0 }
  !seen && /^[[:space:]]*#[[:space:]]*include/ {
    seen = 1
    if (match($0, /"[^"]*"/)) print substr($0, RSTART + 1, RLENGTH - 2)
  }' /dev/null | sort -u)
unproven=$(comm -13 <(printf '%s\n' "$proven") <(tree_files . '*.h' | sort -u))

compile() {
  "$1" -std=c++20 -I. -Wall -Wextra -Werror -fsyntax-only -include "$2" -x c++ /dev/null 2>&1 |
    awk -v header="$2" 'NR == 1 { print header " does not compile alone:" } NR <= 12 { print "  " $0 }'
}
export -f compile
report=$(printf '%s' "$unproven" | tr '\n' '\0' | xargs -0 -r -n 1 -P "$(nproc)" bash -c 'compile "$0" "$1"' "$compiler")
if [[ -n $report ]]; then
  fault "$report"
fi
printf '%d headers, %d of them compiled here\n' "$(tree_files . '*.h' | wc -l)" "$(printf '%s\n' "$unproven" | grep -c . || true)"
finish
