#!/usr/bin/env bash
# Includes follow the direction of docs/architecture.md, section 10 (include_direction.txt), and what is pure includes no
# header of clocks, files, threads or randomness.   check_includes.sh ROOT [TABLE]
source "$(dirname "$0")/common.sh"
root=$1
rules=${2:-$(dirname "$0")/include_direction.txt}
pure=' base messages refdata sessions marketdata credit matching sequencer regreport '

while IFS= read -r line; do
  fault "$line"
done < <(
  cd "$root"
  tree_files . '*.h' '*.cpp' '*.def' | xargs grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"]' /dev/null |
    awk -v rules="$rules" -v pure="$pure" '
      function folder_of(path,   at) {  # the longest listed folder that the file lies in
        while ((at = match(path, /\/[^\/]*$/)) > 0) {
          path = substr(path, 1, at - 1)
          if (path in sees) return path
        }
        return ""
      }
      function visit(folder,   part, parts, i) {  # the table itself must be without a circle
        if (state[folder] == "done" || sees[folder] ~ /\*/) return
        if (state[folder] == "open") {
          print "include_direction.txt: " folder " sees itself in a circle"
          return
        }
        state[folder] = "open"
        parts = split(sees[folder], part, " ")
        for (i = 1; i <= parts; i++) if (part[i] != folder) visit(part[i])
        state[folder] = "done"
      }
      BEGIN {
        while ((getline line < rules) > 0) {
          if (line ~ /^#/ || line !~ /:/) continue
          folder = substr(line, 1, index(line, ":") - 1)
          sees[folder] = " " folder " " substr(line, index(line, ":") + 1) " "
        }
        for (folder in sees) visit(folder)
        impure = "^(chrono|thread|mutex|shared_mutex|condition_variable|future|stop_token|semaphore|barrier|latch|" \
                 "random|iostream|fstream|sstream|istream|ostream|iomanip|locale|clocale|regex|filesystem|ctime|time\\.h|" \
                 "cmath|math\\.h|cfenv|csignal|unistd\\.h|fcntl\\.h|pthread\\.h|sys/.*|netinet/.*|arpa/.*|linux/.*)$"
      }
      {
        file = $0; sub(/:.*/, "", file)
        number = $0; sub(/^[^:]*:/, "", number); sub(/:.*/, "", number)
        included = $0; sub(/^[^<"]*[<"]/, "", included)
        quoted = $0 ~ /include[[:space:]]*"/
        sub(/[>"].*/, "", included)
        from = folder_of(file)
        if (from == "") {
          print file ": its folder is not in include_direction.txt"
          next
        }
        if (!quoted) {
          if (index(pure, " " from " ") > 0 && included ~ impure)
            print file ":" number ": a pure library includes <" included ">"
          next
        }
        to = folder_of(included)
        if (to == "") {
          print file ":" number ": \"" included "\" is not named from the root of the tree"
        } else if (sees[from] !~ / \* / && index(sees[from], " " to " ") == 0) {
          print file ":" number ": " from " must not see " to " (\"" included "\")"
        }
      }'
)
finish
