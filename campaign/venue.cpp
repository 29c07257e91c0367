#include "campaign/venue.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <fstream>
#include <random>
#include <stdexcept>

#include "eventlog/layout.h"
#include "refdata/app/password.h"
#include "runtime/files.h"
#include "runtime/place.h"
#include "runtime/unique_fd.h"
#include "sequencer/app/status_page.h"

namespace cantus::campaign {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Starts the program with these words, its input and outputs files.
pid_t spawn(const fs::path& program, const std::vector<std::string>& words, const fs::path& in, const fs::path& out,
            const fs::path& err) {
  std::vector<std::string> all = {program.string()};
  all.insert(all.end(), words.begin(), words.end());
  std::vector<char*> arguments;
  for (std::string& word : all) {
    arguments.push_back(word.data());
  }
  arguments.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::setpgid(0, 0);                     // Ctrl-C at the terminal is not meant for it
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

// Two numbers from a file of the kernel's; the values usual on Linux if it cannot be read.
std::pair<int, int> connection_ports() {
  std::ifstream file("/proc/sys/net/ipv4/ip_local_port_range");
  int first = 32768;
  int last = 60999;
  file >> first >> last;
  return {first, last};
}

// Ours from here on if true: the name of an abstract socket is held until the process ends, however it does.
bool reserve_port(std::uint16_t port) {
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = "cantus-port-" + std::to_string(port);
  std::copy(name.begin(), name.end(), address.sun_path + 1);  // behind the 0 that makes it abstract
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0) {
    return true;
  }
  ::close(fd);
  return false;
}

bool port_is_free(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool free = ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  ::close(fd);
  return free;
}

}  // namespace

std::vector<std::uint16_t> free_ports(std::size_t count) {
  constexpr int lowest = 10'000;
  constexpr int highest = 65'000;
  auto [first, last] = connection_ports();
  if (first <= lowest && last >= highest) {
    first = last = 0;  // the kernel takes connections' ports from everywhere
  }
  std::random_device random;
  std::vector<std::uint16_t> ports;
  for (int tries = 0; ports.size() < count && tries < 10'000; ++tries) {
    const int port = std::uniform_int_distribution<int>(lowest, highest)(random);
    if ((port < first || port > last) && reserve_port(static_cast<std::uint16_t>(port)) &&
        port_is_free(static_cast<std::uint16_t>(port))) {
      ports.push_back(static_cast<std::uint16_t>(port));
    }
  }
  return ports.size() == count ? ports : throw std::runtime_error("no free port");
}

ProgramResult run_program(const fs::path& program, const std::vector<std::string>& words, const fs::path& folder,
                          const std::string& input) {
  std::ofstream(folder / "in") << input;
  fs::remove(folder / "out");
  fs::remove(folder / "err");
  ProgramResult result;
  result.exit_code = exit_code_of(spawn(program, words, folder / "in", folder / "out", folder / "err"));
  result.out = text_of(folder / "out");
  result.err = text_of(folder / "err");
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

Ports make_ports() {
  const std::vector<std::uint16_t> ports = free_ports(4);
  return {ports[0], ports[1], ports[2], ports[3]};
}

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
      {"journal", {{"segment_bytes", 1 << 20}, {"unsealed_max", 8}}},
      {"snapshots", {{"every_records", 2000}, {"every_s", 20}}}};
}

Venue::Venue(fs::path folder, const Json& configuration, Site site)
    : folder_(std::move(folder)),
      site_(std::move(site)),
      data_(folder_ / "data"),
      configuration_(folder_ / "venue.json") {
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

std::filesystem::path Venue::memory() const { return site_.memory(data_); }

void Venue::start() {
  supervisor_ = spawn(site_.program,
                      {"up", "--config", configuration_.string(), "--data", data_.string(), "--layout", site_.layout},
                      "/dev/null", folder_ / "up.out", folder_ / "up.err");
  wait_until([&] { return all_attached(Seq(0)); });
  if (!reader_) {
    reader_ = open_log();
  }
}

int Venue::stop() {
  ::kill(supervisor_, SIGTERM);
  return exit_code_of(std::exchange(supervisor_, -1));
}

std::vector<std::string> Venue::unasked_deaths() const {
  std::vector<std::string> deaths;
  std::ifstream said(folder_ / "up.out");
  for (std::string line; std::getline(said, line);) {
    if (line.find("started again") != std::string::npos && line.find("signal 9") == std::string::npos) {
      deaths.push_back(line);
    }
  }
  return deaths;
}

void Venue::kill_supervisor() {
  ::kill(supervisor_, SIGKILL);
  exit_code_of(std::exchange(supervisor_, -1));
}

void Venue::kill_all() {
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
}

void Venue::cut_power() {
  kill_all();
  reader_.reset();
  lose_what_is_not_synced();
  fs::remove_all(memory());
}

// The worst that a disk may do: nothing that was written since the last sync is there.
void Venue::lose_what_is_not_synced() const {
  const std::string control = text_of(memory() / eventlog::control_file);
  eventlog::ControlPage page;
  if (control.size() < sizeof(page)) {
    throw std::runtime_error("there is no control page in " + memory().string());
  }
  std::uint64_t synced = 0;
  std::memcpy(&synced, control.data() + offsetof(eventlog::ControlPage, synced), sizeof(synced));
  for (const fs::directory_entry& entry : fs::directory_iterator(memory())) {
    if (!eventlog::parse_segment_name(entry.path().filename().string())) {
      continue;
    }
    const std::string segment = text_of(entry.path());
    std::size_t kept = eventlog::segment_data_begin;
    while (kept + sizeof(RecordHeader) <= segment.size()) {
      RecordHeader header;
      std::memcpy(&header, segment.data() + kept, sizeof(header));
      if (header.length == 0 || header.length == eventlog::end_of_segment || header.seq.get() > synced) {
        break;
      }
      kept += aligned_record(header.length);
    }
    // The end marker belongs to what was synced if the record behind it was; what is left of a segment that is full
    // keeps its marker in any case, so that this never loses more than a disk could.
    std::uint32_t word = 0;
    std::memcpy(&word, segment.data() + kept, sizeof(word));
    if (word == eventlog::end_of_segment) {
      continue;
    }
    std::fstream file(data_ / "journal" / entry.path().filename(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(kept));
    const std::string nothing(segment.size() - kept, '\0');
    file.write(nothing.data(), static_cast<std::streamsize>(nothing.size()));
  }
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
  const ProgramResult result = run_program(site_.program, {"status", "--json", "--data", data_.string()}, folder_);
  return Json::parse(result.out, nullptr, false);
}

std::optional<pid_t> Venue::process(const std::string& name) const {
  std::ifstream file(data_ / "run" / (name + ".pid"));
  pid_t pid = 0;
  return file >> pid ? std::optional(pid) : std::nullopt;
}

void Venue::kill(const std::string& name) {
  const std::optional<pid_t> before = process(name);
  if (!before || ::kill(*before, SIGKILL) != 0) {
    throw std::runtime_error(name + " was not running");
  }
  wait_until([&] {
    const std::optional<pid_t> now = process(name);
    return now && now != before;
  });
}

void Venue::wait_until(const std::function<bool()>& done, std::chrono::nanoseconds pause) {
  // The supervisor's end wakes the wait; nothing else tells another process's progress without asking again.
  const runtime::UniqueFd end(static_cast<int>(::syscall(SYS_pidfd_open, supervisor_, 0)));
  const timespec wait{pause.count() / 1'000'000'000, pause.count() % 1'000'000'000};
  const auto begun = std::chrono::steady_clock::now();
  while (!done()) {
    pollfd ended{end.get(), POLLIN, 0};
    if (::ppoll(&ended, 1, &wait, nullptr) > 0) {
      throw std::runtime_error("the venue ended: " + text_of(folder_ / "up.err") + text_of(folder_ / "up.out"));
    }
    if (patience_ && std::chrono::steady_clock::now() - begun > *patience_) {
      throw std::runtime_error("what was waited for did not come within " + std::to_string(patience_->count()) + " s");
    }
  }
}

std::optional<Event> Venue::next_event() {
  Result<std::optional<Event>> event = reader_->next();
  if (!event) {
    throw std::runtime_error("the log cannot be read: " + event.error().text);
  }
  if (event->has_value() && !(*event)->is<TimeTick>()) {
    quiet_at_ = (*event)->header->seq;
  }
  return *event;
}

void Venue::follow_on(const std::function<void(const Event&)>& seen) {
  while (const std::optional<Event> event = next_event()) {
    seen(*event);
  }
}

void Venue::follow(const std::function<bool(const Event&)>& seen) {
  wait_until([&] {
    while (const std::optional<Event> event = next_event()) {
      if (seen(*event)) {
        return true;
      }
    }
    return false;
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
  for (std::size_t i = 0; i < figures->places_count; ++i) {
    if (figures->places[i].left_out != 0) {
      return false;
    }
  }
  const std::vector<runtime::PlaceReading> places = runtime::read_places(runtime::system_files(), memory());
  for (const std::string& application : site_.applications) {
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

void Venue::settle(const std::string& barrier) {
  bool answered = false;
  follow([&](const Event& event) {
    answered = answered || (event.is<OrderStatus>() && event.as<OrderStatus>().order.cl_ord_id.view() == barrier);
    unreported_ += event.is<Trade>() ? 1 : 0;
    unreported_ -= event.is<ReportAnswered>() ? 1 : 0;
    return answered && unreported_ == 0;
  });
}

void Venue::wait_quiet() {
  bool ticked = false;
  wait_until([&] {
    while (const std::optional<Event> event = next_event()) {
      ticked = event->is<TimeTick>();
    }
    const std::vector<runtime::PlaceReading> places = runtime::read_places(runtime::system_files(), memory());
    const bool idle = std::all_of(places.begin(), places.end(),
                                  [](const runtime::PlaceReading& place) { return place.outstanding == 0; });
    return ticked && idle && all_attached(quiet_at_);
  });
}

}  // namespace cantus::campaign
