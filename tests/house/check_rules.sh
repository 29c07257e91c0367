#!/usr/bin/env bash
# Runs the clang-query rules over sources of pure libraries and prints each match with its rule.
#   check_rules.sh RULES COMPILE_COMMANDS_DIRECTORY FILE_PATTERN FILE…
source "$(dirname "$0")/common.sh"
rules=$1
commands=$2
pattern=$3
shift 3
query=clang-query-14
command -v "$query" >/dev/null || { echo "$query is not installed (package clang-tools-14)"; exit 1; }

script=$(mktemp)
output=$(mktemp)
trap 'rm -f "$script" "$output"' EXIT
sed "s,@FILES@,$pattern,g" "$rules" >"$script"
# clang knows not every warning of g++.
printf '%s\0' "$@" | xargs -0 -n 6 -P "$(nproc)" "$query" -p "$commands" -f "$script" \
  --extra-arg=-Wno-unknown-warning-option >"$output" 2>&1 || fault "clang-query failed"
if grep -E ' error: |Error parsing|Error while|unknown command|Input value' "$output"; then
  fault "clang-query could not read a source or a rule"
fi
while IFS= read -r line; do
  fault "$line"
done < <(sed -n 's/^\([^ ]*:[0-9]*:[0-9]*\): note: "\([a-z_]*\)" binds here$/\1: rule \2/p' "$output" | sort -u)
finish
