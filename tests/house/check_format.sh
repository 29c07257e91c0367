#!/usr/bin/env bash
# Every source is as clang-format 14 would write it.   check_format.sh ROOT
source "$(dirname "$0")/common.sh"
cd "$1"
formatter=clang-format-14
command -v "$formatter" >/dev/null || { echo "clang-format-14 is not installed"; exit 1; }
while IFS= read -r path; do
  fault "$path: run $formatter -i $path"
done < <(tree_files . '*.h' '*.cpp' | tr '\n' '\0' |
  xargs -0 -r -n 20 -P "$(nproc)" "$formatter" --style=file --dry-run 2>&1 | sed -n 's/^\([^:]*\):[0-9]*:[0-9]*: .*clang-format.*/\1/p' | sort -u)
finish
