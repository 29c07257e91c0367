#!/usr/bin/env bash
# The same seeds have the same histories in two builds of cantus-sim, by different compilers.
#   compilers.sh CANTUS_SIM OTHER_CANTUS_SIM
set -euo pipefail
[[ -x $2 ]] || {
  echo "$2 is not there: build the release first (./cantus test)"
  exit 1
}
ours=$("$1" --seeds 6 --hashes)
others=$("$2" --seeds 6 --hashes)
[[ $(wc -l <<<"$ours") == 6 ]] || {
  echo "not every seed has a hash: $ours"
  exit 1
}
if [[ $ours != "$others" ]]; then
  diff <(echo "$ours") <(echo "$others") || true
  exit 1
fi
