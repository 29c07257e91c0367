// What `cantus sim` and `cantus sim score` take: the program passes it on, and `cantus-sim` reads it by the same words.
#pragma once

#include <array>

#include "cli/command.h"

namespace cantus::cli {

inline constexpr Option sim_from{"from", OptionKind::number, "S", "the first seed (1)"};
inline constexpr Option sim_faults{"faults", OptionKind::text, "WHICH",
                                   "none, few, all, or kinds with commas between (as each seed draws)"};
inline constexpr Option sim_jobs{"jobs", OptionKind::number, "J",
                                 "seeds played at once, each in a process of its own (as many as cores)"};
inline constexpr Option sim_json{"json", OptionKind::flag, "", "the result as one JSON object"};

inline constexpr std::array sim_options{
    Option{"seeds", OptionKind::number, "N", "how many seeds (100; with --minutes as many as there is time for)"},
    sim_from,
    sim_faults,
    sim_jobs,
    Option{"minutes", OptionKind::number, "M", "begin no seed after so long; what to go on from is printed"},
    Option{"plan", OptionKind::text, "FILE", "play what this file says instead of seeds"},
    Option{"corpus", OptionKind::text, "DIR", "write the smallest plan of each failure there"},
    Option{"keep-going", OptionKind::flag, "", "do not end at the first failure"},
    Option{"hashes", OptionKind::flag, "", "print each seed and the hash of its history, and nothing else"},
    Option{"mutant", OptionKind::text, "NAME", "switch this planted bug on (cantus-sim-mutants alone)"},
    sim_json,
};

inline constexpr std::array sim_score_options{
    Option{"seeds", OptionKind::number, "N", "seeds that each bug has to survive (200)"},
    sim_from,
    sim_faults,
    sim_jobs,
    Option{"mutant", OptionKind::text, "NAMES", "these bugs alone, with commas between"},
    Option{"first", OptionKind::flag, "", "end with the first seed that finds a bug, instead of counting all"},
    sim_json,
};

}  // namespace cantus::cli
