#!/usr/bin/env bash
# Every place where the venue writes to a file or takes space is known, and what a full disk does there is played by a test.
#   check_writes.sh ROOT LIST
# LIST has a line for each file of the shipped program: how many lines of it write, the file, and who plays it full.
source "$(dirname "$0")/common.sh"
root=$1
list=$2

writes='std::ofstream|fopen\(|fwrite\(|ftruncate\(|fallocate\(|O_CREAT|memfd_create\(|::mkdir\(|::rename\(|create_director(y|ies)\('
writes+='|make_directories\(|replace_file\(|pwrite\(|::write\(|write_(blocks_)?at\(|files_?(\(\))?\.(create|rename)\(|file_->append\(|rotating_file_sink_mt|sqlite3_open'

found=$(tree_files "$root" '*.cpp' '*.h' | grep -vE '^(tests|bench|campaign|examples|messages/tools)/|(^|/)simulated' |
  while IFS= read -r path; do
    count=$(sed 's,//.*,,' "$root/$path" | grep -cE "$writes" || true)
    if ((count > 0)); then printf '%s %s\n' "$count" "$path"; fi
  done)
known=$(sed -E '/^(#|$)/d; s/^([0-9]+) +([^ ]+) .*/\1 \2/' "$list")

while IFS= read -r line; do
  fault "a place that writes and is not in the list (lines, file): $line"
done < <(comm -23 <(sort <<<"$found") <(sort <<<"$known") | sed '/^$/d')
while IFS= read -r line; do
  fault "in the list and not there (lines, file): $line"
done < <(comm -13 <(sort <<<"$found") <(sort <<<"$known") | sed '/^$/d')
finish
