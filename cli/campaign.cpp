// `cantus campaign kills`: whole venues under load, struck again and again, until something is found or enough is done.
#include <atomic>
#include <csignal>
#include <cstdio>

#include "campaign/kills.h"
#include "cli/campaign_site.h"
#include "cli/commands.h"
#include "cli/failure.h"

namespace cantus::cli {
namespace {

std::atomic<bool> asked_to_stop{false};
static_assert(std::atomic<bool>::is_always_lock_free);

int run(const Arguments& arguments) {
  const std::string layout = arguments.text_or("layout", "each");
  if (layout != "one" && layout != "two" && layout != "each") {
    return fail(arguments, "campaign kills", "--layout is one, two or each", exit_usage);
  }
  campaign::KillsOptions options;
  options.site = campaign_site(layout);
  options.seed = arguments.number_or("seed", options.seed);
  options.first = std::max<std::uint64_t>(arguments.number_or("first", options.first), 1);
  options.count = arguments.number_or("count", options.count);
  options.data = arguments.text_or("data", "cantus-campaign/kills-" + std::to_string(options.seed));
  options.progress = [](const std::string& text) { std::fprintf(stderr, "%s\n", text.c_str()); };
  options.stop = &asked_to_stop;
  for (const int signal : {SIGINT, SIGTERM}) {
    std::signal(signal, [](int) { asked_to_stop = true; });
  }
  std::fprintf(stderr, "seed %llu, in %s\n", static_cast<unsigned long long>(options.seed), options.data.c_str());
  const Result<campaign::KillsResult> result = campaign::run_kills(options);
  if (!result) {
    return fail(arguments, "campaign kills", of_file(result.error()));
  }
  for (const std::string& fault : result->faults) {
    std::fprintf(stderr, "FOUND: %s\n", fault.c_str());
  }
  if (!result->repeat.empty()) {
    std::fprintf(stderr, "to repeat it: %s\n", result->repeat.c_str());
  }
  if (arguments.has("json")) {
    std::printf("%s\n", campaign::to_json(*result).dump().c_str());
  } else {
    std::printf("%llu kills reconciled, %llu inside a logon, resend or takeover, %llu trades, %lld s: %s\n",
                static_cast<unsigned long long>(result->kills), static_cast<unsigned long long>(result->inside),
                static_cast<unsigned long long>(result->trades), static_cast<long long>(result->seconds),
                result->faults.empty() ? "nothing found" : "see above");
  }
  return result->faults.empty() ? exit_ok : exit_difference;
}

constexpr Option options_[] = {
    {"count", OptionKind::number, "N", "kills in all, those of earlier calls included (100)"},
    {"seed", OptionKind::number, "S", "what, when and where to come back to is drawn from it (1)"},
    {"data", OptionKind::text, "DIR",
     "where the campaign lives (cantus-campaign/kills-S); a second call goes on there"},
    {"first", OptionKind::number, "N", "number of the first kill (1)"},
    {"layout", OptionKind::text, "NAME", "of the venue: one, two or each (each)"},
    {"json", OptionKind::flag, "", "the result as one JSON object"},
};

}  // namespace

const Command campaign_kills_command = {
    .name = "campaign kills",
    .summary = "Kill a venue's processes under load, and compare all that anybody was told.",
    .details =
        "Starts venues of its own with stock QuickFIX participants. kill -9 of every kind of process, at moments\n"
        "from the seed; after each block of kills orders, trades, numbers, replicas and a replay are compared.\n"
        "Ends at the first fault and keeps everything. Ctrl-C ends it in good order; a second call goes on.",
    .options = options_,
    .run = run};

}  // namespace cantus::cli
