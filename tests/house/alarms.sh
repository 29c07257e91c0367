#!/usr/bin/env bash
# Do the checks ring? Each is run on a small tree with known faults, and everything that it prints is compared.
#   alarms.sh CHECK COMPILER BUILD_DIRECTORY
source "$(dirname "$0")/common.sh"
here=$(cd "$(dirname "$0")" && pwd)
check=$1
compiler=$2
build=$3
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

put() {  # PATH: the text on stdin
  mkdir -p "$tree/$(dirname "$1")"
  cat >"$tree/$1"
}

# expect STATUS COMMAND… : runs it and compares exit code and output with the text on stdin.
expect() {
  local wanted_status=$1 wanted status=0 got
  shift
  wanted=$(cat)
  got=$("$@" 2>&1) || status=$?
  if [[ $status != "$wanted_status" || $got != "$wanted" ]]; then
    fault "$(printf '%s: exit %s, wanted %s\n--- got\n%s\n--- wanted\n%s' "$*" "$status" "$wanted_status" "$got" "$wanted")"
  fi
}

alarm_includes() {
  put base/good.h <<<'#include <string>'
  expect 0 bash "$here/check_includes.sh" "$tree" <<<''
  put base/upwards.h <<<'#include "messages/record.h"'
  put messages/clock.cpp <<<'#include <chrono>'
  put matching/edge.cpp <<<'  #  include "runtime/clock.h"'
  put runtime/clock.cpp <<<'#include <chrono>'
  put fix/bare.cpp <<<'#include "render.h"'
  put examples/shared.cpp <<<'#include "fix/render.h"'
  put elsewhere/new.cpp <<<'#include "base/good.h"'
  expect 1 bash "$here/check_includes.sh" "$tree" <<'END'
base/upwards.h:1: base must not see messages ("messages/record.h")
elsewhere/new.cpp: its folder is not in include_direction.txt
examples/shared.cpp:1: examples must not see fix ("fix/render.h")
fix/bare.cpp:1: "render.h" is not named from the root of the tree
matching/edge.cpp:1: matching must not see runtime ("runtime/clock.h")
messages/clock.cpp:1: a pure library includes <chrono>
6 fault(s)
END
  rm -rf "${tree:?}"/*
  put circle.txt <<<$'a:\nb: a d\nc: b\nd: c'
  put a/leaf.h <<<'#include <string>'
  output=$(bash "$here/check_includes.sh" "$tree" "$tree/circle.txt") && fault "a circle was not found"
  [[ $output == *"in a circle"* ]] || fault "a circle was not named: $output"
}

alarm_headers() {
  put base/proven.h <<<'inline std::string name();'
  put base/proven.cpp <<<'#include "base/proven.h"'
  put base/complete.h <<'END'
#include <string>
inline int size_of(const std::string& text) { return static_cast<int>(text.size()); }
END
  expect 0 bash "$here/check_headers.sh" "$tree" "$compiler" <<<'2 headers, 1 of them compiled here'
  put base/incomplete.h <<<'int size_of(const std::string& text);'
  put base/late.h <<<'int late(std::size_t);'
  put base/late.cpp <<'END'
#include <cstddef>
#include "base/late.h"
END
  local status=0 output
  output=$(bash "$here/check_headers.sh" "$tree" "$compiler" 2>&1) || status=$?
  ((status == 1)) || fault "check_headers.sh exits with $status"
  for header in incomplete late; do
    [[ $output == *"base/$header.h does not compile alone"* ]] || fault "base/$header.h was not found: $output"
  done
  [[ $output != *complete.h\ does* || $output != *$'\nbase/complete.h'* ]] || fault "base/complete.h compiles: $output"
}

alarm_symbols() {
  "$compiler" -std=c++20 -O1 -c "$here/fixtures/symbols/clock_and_files.cpp" -o "$tree/clock_and_files.o"
  "$compiler" -std=c++20 -O1 -c "$here/fixtures/symbols/assertion.cpp" -o "$tree/assertion.o"
  (cd "$tree" && ar rcs clock_and_files.a clock_and_files.o && ar rcs assertion.a assertion.o)
  expect 0 bash "$here/check_symbols.sh" "base=$tree/assertion.a" <<<''
  expect 1 bash "$here/check_symbols.sh" "base=$tree/clock_and_files.a" "matching=$tree/assertion.a" <<'END'
base needs fclose (clock_and_files.o)
base needs fopen (clock_and_files.o)
base needs getenv (clock_and_files.o)
base needs std::chrono::_V2::system_clock::now() (clock_and_files.o)
matching needs abort (assertion.o)
matching needs fprintf (assertion.o)
matching needs stderr (assertion.o)
7 fault(s)
END
}

alarm_format() {
  cp "$here/../../.clang-format" "$tree/.clang-format"
  put base/tidy.cpp <<<'int value = 1;'
  expect 0 bash "$here/check_format.sh" "$tree" <<<''
  put base/untidy.cpp <<<'int   value=1 ;'
  expect 1 bash "$here/check_format.sh" "$tree" <<'END'
base/untidy.cpp: run clang-format-14 -i base/untidy.cpp
1 fault(s)
END
}

alarm_writes() {
  put list <<<'1 base/known.cpp  in the list'
  put base/known.cpp <<<'void f() { file->write_at(0, bytes); }  // ::write( of a comment'
  expect 0 bash "$here/check_writes.sh" "$tree" "$tree/list" <<<''
  put base/more.cpp <<<'std::ofstream out(path);'
  put tests/other.cpp <<<'std::ofstream out(path);'
  put list <<<$'# text\n1 base/known.cpp  in the list\n2 base/gone.cpp  not there'
  expect 1 bash "$here/check_writes.sh" "$tree" "$tree/list" <<'END'
a place that writes and is not in the list (lines, file): 1 base/more.cpp
in the list and not there (lines, file): 2 base/gone.cpp
2 fault(s)
END
}

alarm_plays() {
  put tests.txt <<<$'e2e_kill\ne2e_power'
  put docs/operations.md <<'END'
Run `ctest -R 'kill|roll'`.

| Procedure | Played by |
| --- | --- |
| a kill | `e2e_kill`, `e2e_power` |
END
  expect 0 bash "$here/check_plays.sh" "$tree" "$tree/tests.txt" <<<''
  put docs/operations.md <<'END'
| Procedure | Played by |
| --- | --- |
| a kill | `e2e_kill`, `e2e_pow` |
| a roll | somebody |
END
  put base/README.md <<<'See `ctest -R e2e_none`.'
  expect 1 bash "$here/check_plays.sh" "$tree" "$tree/tests.txt" <<'END'
base/README.md: no test is named like e2e_none
docs/operations.md: there is no test e2e_pow
docs/operations.md: nothing plays: | a roll | somebody |
3 fault(s)
END
}

alarm_files() {
  local home=/ho''me
  put base/README.md <<<'[a page](../docs/page.md), [outside](https://example.org/), `[code](nowhere)`'
  put docs/page.md <<<'text'
  seq 700 | sed 's,^,// ,' | put base/long.h
  expect 0 bash "$here/check_files.sh" "$tree" <<<''
  seq 701 | sed 's,^,// ,' | put base/too_long.h
  put base/path.cpp <<<"// see $home/somebody/notes"
  put base/outside.cpp <<<"// as DES""IGN says"
  printf '// %118s\n//\t\n' x | put base/wide.h
  put fix/render.h <<<'// no page here'
  put docs/dead.md <<<'[gone](gone.md#part)'
  expect 1 bash "$here/check_files.sh" "$tree" <<'END'
base/too_long.h: 701 lines; split it (at most 700)
base/path.cpp:1: names a path of one machine
base/outside.cpp:1: refers to a design outside this tree; name the section of docs/architecture.md
base/wide.h:1: 121 columns
base/wide.h:2: a tab
fix/README.md is not there: every folder has a page
docs/dead.md: link to gone.md#part leads nowhere
7 fault(s)
END
}

alarm_mutants() {
  put tests/sim/mutants.def <<<'MUTANT(one_bug, "it goes wrong")'
  put tests/sim/program/CMakeLists.txt <<<$'set(mutant_sources\n  base/good.cpp)'
  put base/mutant.h <<<'#define CANTUS_MUTANT(name) false'
  put base/good.cpp <<<'if (CANTUS_MUTANT(one_bug)) {'
  put shipped <<<'a program'
  expect 0 bash "$here/check_mutants.sh" "$tree" "$tree/shipped" <<<''
  put tests/sim/mutants.def <<<$'MUTANT(one_bug, "it goes wrong")\nMUTANT(gone, "never")'
  put tests/sim/program/CMakeLists.txt <<<$'set(mutant_sources\n  base/good.cpp base/clean.cpp)'
  put base/more.cpp <<<'if (CANTUS_MUTANT(unknown)) {'
  put base/inline.h <<<'if (CANTUS_MUTANT(one_bug)) {'
  put shipped <<<'a program that says one_bug to mutant_switch'
  expect 1 bash "$here/check_mutants.sh" "$tree" "$tree/shipped" <<'END'
tests/sim/mutants.def: no source has gone
tests/sim/mutants.def does not have unknown
base/inline.h: a header is the same in all programs, and has no planted bug
tests/sim/program/CMakeLists.txt: mutant_sources lacks base/more.cpp
tests/sim/program/CMakeLists.txt: base/clean.cpp of mutant_sources has no planted bug
shipped has mutant_switch
shipped has one_bug
7 fault(s)
END
}

# Each rule finds its own file, and no rule finds the clean one.
alarm_rules() {
  local rule output
  for rule in floating_point unordered_iteration pointer_order mutable_static; do
    output=$(bash "$here/check_rules.sh" "$here/rules/rules.query" "$build" '/fixtures/rules/' \
      "$here/fixtures/rules/$rule.cpp") && fault "no rule found anything in $rule.cpp"
    grep -q ": rule $rule\$" <<<"$output" || fault "$rule was not found in its file: $output"
    if grep ': rule ' <<<"$output" | grep -qv ": rule $rule\$"; then
      fault "another rule found something in $rule.cpp: $output"
    fi
  done
  expect 0 bash "$here/check_rules.sh" "$here/rules/rules.query" "$build" '/fixtures/rules/' \
    "$here/fixtures/rules/clean.cpp" <<<''
  put broken.query <<<'match noSuchMatcher()'
  if bash "$here/check_rules.sh" "$tree/broken.query" "$build" '/fixtures/' "$here/fixtures/rules/clean.cpp" >/dev/null; then
    fault "a rule that cannot be read was not noticed"
  fi
}

"alarm_$check"
finish
