# Shared by the checks of the house; sourced. Every check is called with the root of a tree: the project's, or a small
# one under fixtures/ on which it must fail. What is wrong is printed, one line each, and the exit code is 1.
set -euo pipefail
export LC_ALL=C

faults=0
fault() {
  printf '%s\n' "$*"
  faults=$((faults + 1))
}
finish() {
  if ((faults > 0)); then
    printf '%d fault(s)\n' "$faults"
    exit 1
  fi
}

# tree_files ROOT PATTERN…: files of the tree that match a pattern ('*.h'), relative to ROOT. In a clone these are the
# files that git has or would add; elsewhere everything but build/.
tree_files() {
  local root=$1
  shift
  (
    cd "$root"
    if [[ -e .git ]]; then
      git -c safe.directory='*' ls-files --cached --others --exclude-standard --deduplicate -- "$@" \
        ':!tests/house/fixtures' | while IFS= read -r path; do
        # A file may be deleted but not yet committed as such.
        if [[ -f $path ]]; then printf '%s\n' "$path"; fi
      done
    else
      local pattern arguments=()
      for pattern in "$@"; do
        arguments+=(-o -name "$pattern")
      done
      find . -path ./build -prune -o -type f \( "${arguments[@]:1}" \) -print | sed 's,^\./,,' | sort
    fi
  )
}
