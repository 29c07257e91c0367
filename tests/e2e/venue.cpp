#include "tests/e2e/venue.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <fstream>
#include <stdexcept>

#include "cli/child.h"
#include "cli/layout.h"
#include "cli/venue_place.h"
#include "refdata/app/password.h"
#include "runtime/files.h"
#include "runtime/place.h"
#include "sequencer/app/status_page.h"

namespace cantus::e2e {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Starts `cantus` with these words, its input and outputs files.
pid_t spawn(const std::vector<std::string>& words, const fs::path& in, const fs::path& out, const fs::path& err) {
  std::vector<std::string> all = {cantus_program().string()};
  all.insert(all.end(), words.begin(), words.end());
  std::vector<char*> arguments;
  for (std::string& word : all) {
    arguments.push_back(word.data());
  }
  arguments.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);  // a test that dies leaves no venue behind
    ::dup2(::open(in.c_str(), O_RDONLY), STDIN_FILENO);
    ::dup2(::open(out.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600), STDOUT_FILENO);
    ::dup2(::open(err.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600), STDERR_FILENO);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
  return pid;
}

int exit_code_of(pid_t pid) {
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

std::string verifier_of(const std::string& comp_id) {
  const std::array<std::byte, 16> salt{std::byte{1}, std::byte{2}};
  // A low cost: what is tested is that the right password is asked for, not how long guessing takes.
  const Result<PasswordVerifier> verifier = refdata::make_verifier(password_of(comp_id), {4, 8, 1}, salt);
  return verifier ? refdata::to_text(*verifier) : throw std::runtime_error(verifier.error().text);
}

Json session(const char* role, const char* party, const std::string& comp_id) {
  Json json = {{"role", role},
               {"our_comp_id", "CANTUS"},
               {"their_comp_id", comp_id},
               {"begin_string", "FIX.4.4"},
               {"heartbeat_s", {5, 60}},
               {"reset_policy", "allowed"},
               {"cancel_on_disconnect", false},
               {"password_verifier", verifier_of(comp_id)}};
  json["party"] = party;
  return json;
}

}  // namespace

TestFolder::TestFolder() {
  std::string name = (fs::temp_directory_path() / "cantus-e2e-XXXXXX").string();
  path_ = ::mkdtemp(name.data());
}

TestFolder::~TestFolder() {
  if (testing::Test::HasFailure() || std::getenv("CANTUS_KEEP_FOLDERS") != nullptr) {
    std::fprintf(stderr, "kept: %s\n", path_.c_str());
    return;
  }
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::vector<std::uint16_t> free_ports(std::size_t count) {
  std::vector<int> sockets;
  std::vector<std::uint16_t> ports;
  for (std::size_t i = 0; i < count; ++i) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* plain = reinterpret_cast<sockaddr*>(&address);
    if (::bind(fd, plain, size) != 0 || ::getsockname(fd, plain, &size) != 0) {
      throw std::runtime_error("no free port");
    }
    sockets.push_back(fd);
    ports.push_back(ntohs(address.sin_port));
  }
  for (const int fd : sockets) {
    ::close(fd);
  }
  return ports;
}

std::filesystem::path cantus_program() { return cli::program_folder().parent_path() / "bin" / "cantus"; }

ProgramResult run_cantus(const std::vector<std::string>& words, const std::string& input) {
  const TestFolder folder;
  std::ofstream(folder.path() / "in") << input;
  ProgramResult result;
  result.exit_code = exit_code_of(spawn(words, folder.path() / "in", folder.path() / "out", folder.path() / "err"));
  result.out = text_of(folder.path() / "out");
  result.err = text_of(folder.path() / "err");
  return result;
}

void wait_ended(pid_t process) {
  const int end = static_cast<int>(::syscall(SYS_pidfd_open, process, 0));
  pollfd ended{end, POLLIN, 0};
  while (end >= 0 && ::poll(&ended, 1, -1) < 0) {
  }
  ::close(end);
}

std::string password_of(const std::string& comp_id) { return "open " + comp_id; }

Json configuration(const Ports& ports) {
  Json sessions = {session("client", "ALPHA", "ALPHA1"), session("client", "BETA", "BETA1"),
                   session("desk", "DESK", "DESK1"), session("drop_copy", "DESK", "DESKDC")};
  sessions.push_back({{"role", "regulator"},
                      {"our_comp_id", "CANTUS"},
                      {"their_comp_id", "REG"},
                      {"begin_string", "FIX.4.4"},
                      {"heartbeat_s", {30, 30}}});
  return {
      {"venue", {{"name", "e2e"}, {"ack_level", "synced"}, {"takeover_interval_ms", 0}, {"cancel_grace_ms", 60000}}},
      {"instruments",
       {{{"symbol", "AAPL"}, {"tick", "0.01"}, {"lot", 1}, {"collar_bps", 500}, {"reference_price", "190.00"}},
        {{"symbol", "MSFT"}, {"tick", "0.05"}, {"lot", 10}, {"collar_bps", 500}, {"reference_price", "400.00"}}}},
      {"parties",
       {{{"name", "ALPHA"},
         {"kind", "client"},
         {"order_qty_max", 100000},
         {"order_notional_max", "5000000"},
         {"gross_notional_max", "1000000000"}},
        {{"name", "BETA"},
         {"kind", "client"},
         {"order_qty_max", 1000},
         {"order_notional_max", "50000"},
         {"gross_notional_max", "100000"}},
        {{"name", "DESK"}, {"kind", "desk"}}}},
      {"sessions", sessions},
      {"gateways",
       {{{"name", "gateway-1"}, {"host", "127.0.0.1"}, {"port", ports.gateway_1}},
        {{"name", "gateway-2"}, {"host", "127.0.0.1"}, {"port", ports.gateway_2}}}},
      {"trade_reporter", {{"host", "127.0.0.1"}, {"port", ports.regulator}}},
      {"market_data", {{{"name", "md-1"}, {"host", "127.0.0.1"}, {"port", ports.feed}}}},
      {"journal", {{"segment_bytes", 1 << 20}, {"unsealed_max", 8}}}};
}

Venue::Venue(const TestFolder& folder, const Json& configuration, std::string layout)
    : data_(folder.path() / "data"), configuration_(folder.path() / "venue.json"), layout_(std::move(layout)) {
  std::ofstream(configuration_) << configuration.dump(2) << "\n";
}

Venue::~Venue() {
  if (supervisor_ > 0) {
    stop();
  }
  reader_.reset();
  std::error_code ignored;
  fs::remove_all(memory(), ignored);
}

std::filesystem::path Venue::memory() const { return cli::VenuePlace::at(data_)->paths().memory; }

void Venue::start() {
  const fs::path folder = configuration_.parent_path();
  supervisor_ = spawn({"up", "--config", configuration_.string(), "--data", data_.string(), "--layout", layout_},
                      "/dev/null", folder / "up.out", folder / "up.err");
  wait_until([&] { return all_attached(Seq(0)); });
  if (!reader_) {
    reader_ = open_log();
  }
}

int Venue::stop() {
  ::kill(supervisor_, SIGTERM);
  const int exit_code = exit_code_of(std::exchange(supervisor_, -1));
  // A process that died by itself was started again, and all may have gone well; it is a failure none the less.
  std::ifstream said(configuration_.parent_path() / "up.out");
  for (std::string line; std::getline(said, line);) {
    if (line.find("started again") != std::string::npos && line.find("signal 9") == std::string::npos) {
      ADD_FAILURE() << line;
    }
  }
  return exit_code;
}

void Venue::kill_supervisor() {
  ::kill(supervisor_, SIGKILL);
  exit_code_of(std::exchange(supervisor_, -1));
}

void Venue::cut_power() {
  ::kill(supervisor_, SIGSTOP);  // it neither restarts nor ends anything any more
  std::vector<pid_t> processes;
  for (const std::string& name : process_names()) {
    processes.push_back(process(name).value());
    ::kill(processes.back(), SIGKILL);
  }
  for (const pid_t pid : processes) {
    wait_ended(pid);  // and holds no port any more
  }
  kill_supervisor();
  reader_.reset();
  fs::remove_all(memory());
}

bool Venue::running() {
  if (supervisor_ <= 0) {
    return false;
  }
  int status = 0;
  if (::waitpid(supervisor_, &status, WNOHANG) == supervisor_) {
    supervisor_ = -1;
    return false;
  }
  return true;
}

Json Venue::status() const {
  const ProgramResult result = run_cantus({"status", "--json", "--data", data_.string()});
  return Json::parse(result.out, nullptr, false);
}

std::optional<pid_t> Venue::process(const std::string& name) const {
  std::ifstream file(data_ / "run" / (name + ".pid"));
  pid_t pid = 0;
  return file >> pid ? std::optional(pid) : std::nullopt;
}

std::vector<std::string> Venue::process_names() const {
  std::vector<std::string> names;
  const cli::Layout layout = *cli::parse_layout(layout_);
  for (const cli::ProcessPlan& plan : cli::plan_processes(layout, {{"gateway-1", "gateway-2"}, {"md-1"}, true})) {
    names.push_back(plan.name);
  }
  return names;
}

void Venue::kill(const std::string& name) {
  const std::optional<pid_t> pid = process(name);
  ASSERT_TRUE(pid.has_value()) << name;
  ASSERT_EQ(::kill(*pid, SIGKILL), 0) << name << " was not running";
  wait_until([&] {
    const std::optional<pid_t> now = process(name);
    return now && *now != *pid;
  });
}

void Venue::wait_until(const std::function<bool()>& done) {
  // The supervisor's end wakes the wait; nothing else tells another process's progress without asking again.
  const int end = static_cast<int>(::syscall(SYS_pidfd_open, supervisor_, 0));
  while (!done()) {
    pollfd ended{end, POLLIN, 0};
    if (::poll(&ended, 1, 1) > 0) {
      ::close(end);
      throw std::runtime_error("the venue ended: " + text_of(configuration_.parent_path() / "up.err") +
                               text_of(configuration_.parent_path() / "up.out"));
    }
  }
  ::close(end);
}

void Venue::follow(const std::function<bool(const Event&)>& seen) {
  wait_until([&] {
    while (true) {
      Result<std::optional<Event>> event = reader_->next();
      if (!event) {
        throw std::runtime_error("the log cannot be read: " + event.error().text);
      }
      if (!event->has_value()) {
        return false;
      }
      if (seen(**event)) {
        return true;
      }
    }
  });
}

std::unique_ptr<eventlog::LogReader> Venue::open_log() const {
  Result<std::unique_ptr<eventlog::LogReader>> reader = eventlog::open_log(data_ / "journal", memory());
  return reader ? std::move(*reader) : throw std::runtime_error(reader.error().text);
}

void Venue::for_each_record(const std::function<void(const Event&)>& f) const {
  const std::unique_ptr<eventlog::LogReader> reader = open_log();
  while (true) {
    Result<std::optional<Event>> event = reader->next();
    if (!event) {
      throw std::runtime_error(event.error().text);
    }
    if (!event->has_value()) {
      return;
    }
    f(**event);
  }
}

Seq Venue::last() const { return reader_->last(); }

bool Venue::all_attached(Seq position) const {
  const Result<sequencer::StatusReader> reader = sequencer::StatusReader::open(runtime::system_files(), memory());
  if (!reader) {
    return false;
  }
  const Result<sequencer::StatusFigures> figures = reader->read();
  if (!figures) {
    return false;
  }
  const std::vector<runtime::PlaceReading> places = runtime::read_places(memory());
  for (const std::string& application : cli::all_applications({{"gateway-1", "gateway-2"}, {"md-1"}, true})) {
    const std::size_t colon = application.find(':');
    const std::string name = application.substr(0, colon);
    const std::uint32_t number =
        colon == std::string::npos ? 0 : static_cast<std::uint32_t>(application[colon + 1] - '0');
    const bool there = application == "sequencer" ||
                       std::any_of(places.begin(), places.end(), [&](const runtime::PlaceReading& place) {
                         return place.name == name && place.place == number && place.lease_held &&
                                place.applied >= position && (name == "audit" || place.term == figures->term);
                       });
    if (!there) {
      return false;
    }
  }
  return true;
}

void Venue::wait_applied(Seq position) {
  wait_until([&] { return all_attached(position); });
}

void Venue::wait_quiet() {
  Seq& busy = quiet_at_;
  bool ticked = false;
  wait_until([&] {
    while (true) {
      Result<std::optional<Event>> event = reader_->next();
      if (!event) {
        throw std::runtime_error(event.error().text);
      }
      if (!event->has_value()) {
        break;
      }
      const Event& e = **event;
      ticked = e.is<TimeTick>();
      busy = ticked ? busy : e.header->seq;
    }
    const std::vector<runtime::PlaceReading> places = runtime::read_places(memory());
    const bool idle = std::all_of(places.begin(), places.end(),
                                  [](const runtime::PlaceReading& place) { return place.outstanding == 0; });
    return ticked && idle && all_attached(busy);
  });
}

}  // namespace cantus::e2e
