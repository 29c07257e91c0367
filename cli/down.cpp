// `cantus down`: asks the supervisor of a venue to end it, and waits until it has.
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>

#include "cli/commands.h"
#include "cli/failure.h"
#include "cli/operations_file.h"
#include "cli/venue_place.h"

namespace cantus::cli {
namespace {

int run(const Arguments& arguments) {
  const Result<VenuePlace> place = VenuePlace::at(arguments.text_or("data", default_data_directory));
  if (!place) {
    return complain_of("down", place.error());
  }
  const std::optional<pid_t> supervisor = SupervisorLock::holder(*place);
  if (!supervisor) {
    return complain_of("down", {ErrorCode::not_found, "no venue runs on " + place->paths().data.string()});
  }
  const runtime::UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, *supervisor, 0)));
  // Before the signal: what ends itself notes that, unless somebody else has.
  if (const Status noted = note_operation(*place, Operation::stop, arguments.text_or("reason", "")); !noted) {
    std::fprintf(stderr, "cantus down: it is not noted: %s\n", noted.error().text.c_str());
  }
  if (!process || ::kill(*supervisor, SIGTERM) != 0) {
    std::fprintf(stderr, "cantus down: process %d: %s\n", *supervisor, std::strerror(errno));
    return exit_failed;
  }
  pollfd ended{process.get(), POLLIN, 0};
  while (::poll(&ended, 1, -1) < 0 && errno == EINTR) {
  }
  std::string killed;
  std::ifstream names(place->killed());
  for (std::string name; std::getline(names, name);) {
    killed += (killed.empty() ? "" : ", ") + name;
  }
  if (!killed.empty()) {
    std::printf(
        "the venue on %s has ended, but not in good order: %s did not end in time and had to be killed.\n"
        "Nothing that anybody was told is lost; the next `cantus up` on this boot goes on where it stood.\n",
        place->paths().data.c_str(), killed.c_str());
    return exit_failed;
  }
  std::printf("the venue on %s has ended\n", place->paths().data.c_str());
  return exit_ok;
}

constexpr Option options[] = {
    data_option,
    {"reason", OptionKind::text, "TEXT", "why; recorded on the log at the next start"},
};

}  // namespace

const Command down_command = {.name = "down",
                              .summary = "End a running venue in good order.",
                              .details = "Exit code 1: a process hung and had to be killed; which is said.\n",
                              .options = options,
                              .run = run};

}  // namespace cantus::cli
