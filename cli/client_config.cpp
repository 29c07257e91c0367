// `cantus client config SESSION`: how to connect with the engines that people use.
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>

#include "cli/client_settings.h"
#include "cli/client_target.h"
#include "cli/commands.h"
#include "cli/session_now.h"
#include "cli/venue_place.h"
#include "fix-specs/dictionary.h"

namespace cantus::cli {
namespace {

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof(text), "%Y%m%d-%H:%M:%S.000", &parts)};
}

// Beside the numbers of `cantus client`; nowhere if no venue lives there.
std::string dictionary_file(const VenuePlace& place) {
  if (!place.has_log()) {
    return {};
  }
  const std::filesystem::path file = place.clients() / "FIX44.xml";
  std::error_code ignored;
  std::filesystem::create_directories(file.parent_path(), ignored);
  std::ofstream out(file);
  out << fix_specs::fix44_xml();
  out.close();
  return out ? file.string() : std::string();
}

int run(const Arguments& arguments) {
  Result<ClientTarget> target = find_client_target(arguments);
  if (!target) {
    std::fprintf(stderr, "cantus client config: %s\n", target.error().text.c_str());
    return exit_failed;
  }
  if (const Result<VenuePlace> place = VenuePlace::at(arguments.text_or("data", default_data_directory));
      place && !arguments.has("config")) {
    target->next_inbound =
        next_inbound_now(*place, target->venue_comp_id, target->our_comp_id).value_or(target->next_inbound);
    target->dictionary = dictionary_file(*place);
  }
  std::printf("==== QuickFIX (C++, Python)\n%s\n", quickfix_settings(*target).c_str());
  std::printf("==== QuickFIX/J\n%s\n", quickfixj_settings(*target).c_str());
  std::printf("==== QuickFIX/Go\n%s\n", quickfixgo_settings(*target).c_str());
  if (target->password_unknown) {
    std::printf("==== By hand: a Logon with its length and checksum needs the password: %s\n",
                password_unknown_text(*target).c_str());
    return exit_ok;
  }
  const std::string logon = logon_message(*target, utc_now());
  std::printf("==== By hand: a Logon, good for two minutes (SOH shown as |), and in bash\n%s\n\n%s\n",
              visible(logon).c_str(), shell_line(*target, logon).c_str());
  return exit_ok;
}

constexpr Option options[] = {
    target_config_option,
    data_option,
    target_password_option,
};

}  // namespace

const Command client_config_command = {
    .name = "client config",
    .words = "SESSION",
    .summary = "Print settings for QuickFIX, QuickFIX/J, QuickFIX/Go, and a Logon to type.",
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .run = run};

}  // namespace cantus::cli
