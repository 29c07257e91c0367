#!/usr/bin/env bash
# What holds for files as text: no source over 700 lines, no path of somebody's machine, a page in every folder, no
# dead link between pages, no tab in C++, no line over 120 columns outside tables.   check_files.sh ROOT
source "$(dirname "$0")/common.sh"
cd "$1"
lines_max=700
columns_max=120

while IFS= read -r path; do
  lines=$(wc -l <"$path")
  if ((lines > lines_max)); then
    fault "$path: $lines lines; split it (at most $lines_max)"
  fi
done < <(tree_files . '*.h' '*.cpp' '*.sh' '*.cmake' '*.txt' 'cantus' | grep -v '/golden/' || true)

# Home folders, work areas and build folders of a single machine.
machine_path='(^|[^A-Za-z0-9_.$}])/(home|root|work|Users|tmp/wt|mnt|workspace)/'
while IFS= read -r line; do
  fault "$line: names a path of one machine"
done < <(tree_files . '*' | tr '\n' '\0' | xargs -0 -r grep -nIE "$machine_path" /dev/null | cut -d: -f1,2 || true)

# What a reader of this tree cannot open is no reference: the invariants stand in docs/architecture.md.
while IFS= read -r line; do
  fault "$line: refers to a design outside this tree; name the section of docs/architecture.md"
done < <(tree_files . '*' | tr '\n' '\0' | xargs -0 -r grep -nI 'DESIG[N]' /dev/null | cut -d: -f1,2 || true)

while IFS= read -r line; do
  fault "$line"
done < <(tree_files . '*.h' '*.cpp' | tr '\n' '\0' | xargs -0 -r awk -v max="$columns_max" '
  FNR == 1 { raw = 0 }
  /R"[a-z]*\(/ { raw = 1 }
  /\)[a-z]*"/ { if (raw) { raw = 0; next } }
  raw { next }  # text that is not ours to break
  /\t/ { print FILENAME ":" FNR ": a tab" }
  {
    # Bytes of a character after its first do not count as columns.
    text = $0
    gsub(/[\200-\277]/, "", text)
    if (length(text) > max && text !~ /https?:/) print FILENAME ":" FNR ": " length(text) " columns"
  }' /dev/null)

# A page in every folder at the root that holds anything.
while IFS= read -r folder; do
  if [[ ! -f $folder/README.md ]]; then
    fault "$folder/README.md is not there: every folder has a page"
  fi
done < <(tree_files . '*' | sed -n 's,^\([^./][^/]*\)/.*,\1,p' | sort -u | grep -v '^docs$' || true)

# Links between pages.
while IFS=: read -r page target; do
  case "$target" in http://* | https://* | mailto:* | '#'*) continue ;; esac
  path=${target%%#*}
  if [[ ! -e $(dirname "$page")/$path ]]; then
    fault "$page: link to $target leads nowhere"
  fi
done < <(tree_files . '*.md' | tr '\n' '\0' | xargs -0 -r awk '
  /^```/ { code = !code }
  !code {
    line = $0
    gsub(/`[^`]*`/, "", line)
    while (match(line, /\]\([^() ]+\)/)) {
      print FILENAME ":" substr(line, RSTART + 2, RLENGTH - 3)
      line = substr(line, RSTART + RLENGTH)
    }
  }
  FNR == 1 { code = 0 }' /dev/null)
finish
