#!/usr/bin/env bash
# Plays seeds that no other commit plays: their numbers begin at one that the commit decides, so that whoever has the
# commit plays the same ones.
#   seeds.sh CANTUS_SIM SKIPPED OPTION…     the first SKIPPED of them are another test's
set -euo pipefail
simulator=$1
skipped=$2
shift 2
commit=$(git -C "$(dirname "${BASH_SOURCE[0]}")" rev-parse --short=7 HEAD 2>/dev/null || echo 0)
exec "$simulator" --from $((16#${commit:0:7} * 10000 + skipped)) "$@"
