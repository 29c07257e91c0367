#!/usr/bin/env bash
# Planted bugs: while none is switched on both simulators have the same histories; one that is switched on is found,
# made smaller, and what is printed of it is a plan that finds it again; the score says so.
#   mutants.sh BIN
set -euo pipefail
bin=$1
plan=$(mktemp)
trap 'rm -f "$plan"' EXIT
fail() {
  echo "$*"
  exit 1
}

[[ $("$bin/cantus-sim" --seeds 4 --hashes) == "$("$bin/cantus-sim-mutants" --seeds 4 --hashes)" ]] ||
  fail "the simulators differ with no bug switched on"

status=0
found=$("$bin/cantus-sim-mutants" --seeds 2 --mutant report_before_sync --json) || status=$?
[[ $status == 3 ]] || fail "report_before_sync: exit $status"
python3 -c '
import json, sys
found = json.loads(sys.argv[1])["failures"]
assert found and found[0]["plan"].startswith("seed "), found
open(sys.argv[2], "w").write(found[0]["plan"])' "$found" "$plan"
[[ $(sed -n 's/^orders //p' "$plan") -lt 100 ]] || fail "it was not made smaller: $(cat "$plan")"
status=0
"$bin/cantus-sim-mutants" --plan "$plan" --mutant report_before_sync >/dev/null || status=$?
[[ $status == 3 ]] || fail "the smallest plan does not find it: exit $status"
"$bin/cantus-sim" --plan "$plan" >/dev/null || fail "the smallest plan finds something without the bug"

status=0
"$bin/cantus-sim" --mutant report_before_sync --seeds 1 >/dev/null 2>&1 || status=$?
[[ $status == 2 ]] || fail "a program without planted bugs takes --mutant: exit $status"

"$bin/cantus-sim-mutants" score --mutant repeat_admitted,report_before_sync --seeds 3 --first --json |
  python3 -c '
import json, sys
scores = json.load(sys.stdin)["mutants"]
assert [score["name"] for score in scores] == ["repeat_admitted", "report_before_sync"], scores
assert all(score["found"] >= 1 and score["first"] for score in scores), scores'
