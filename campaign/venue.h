// A real venue on a folder and loopback ports of its own: `cantus up`, followed by its log. Whatever is waited for is a
// position or a record on that log, or a line that a participant wrote; the death of the venue ends a wait, and so does
// the patience that was set. Whatever cannot go on throws std::runtime_error.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "campaign/site.h"
#include "eventlog/reader.h"
#include "messages/record.h"
#include "refdata/reference_data.h"

namespace cantus::campaign {

using Json = nlohmann::json;

// TCP ports of loopback, all different, which nobody uses and which no other caller on this host is given while this
// process lives. They lie outside the range from which the kernel takes ports for connections, so that nobody can get
// hold of one while its server is being started again.
[[nodiscard]] std::vector<std::uint16_t> free_ports(std::size_t count);

// What `cantus` printed and ended with.
struct ProgramResult {
  int exit_code = -1;
  std::string out;
  std::string err;
};
// Runs `program` to its end; its input and what it says go through files in `folder`.
[[nodiscard]] ProgramResult run_program(const std::filesystem::path& program, const std::vector<std::string>& words,
                                        const std::filesystem::path& folder, const std::string& input = {});

// Returns once the process, not a child of ours, has ended.
void wait_ended(pid_t process);

struct Ports {
  std::uint16_t gateway_1 = 0;
  std::uint16_t gateway_2 = 0;
  std::uint16_t regulator = 0;
  std::uint16_t feed = 0;
};
[[nodiscard]] Ports make_ports();  // free ones

// Two clients (BETA has small limits), a desk, its drop copy, a regulator; AAPL and MSFT. Password of every session:
// password_of(its CompID).
[[nodiscard]] Json configuration(const Ports& ports);
[[nodiscard]] std::string password_of(const std::string& comp_id);

class Venue {
 public:
  // Writes the configuration to `folder`, which exists; starts nothing.
  Venue(std::filesystem::path folder, const Json& configuration, Site site);
  ~Venue();  // kills what still runs
  Venue(const Venue&) = delete;
  Venue& operator=(const Venue&) = delete;

  // Longest time that one wait may take; without it a wait has no end but the venue's.
  void set_patience(std::chrono::seconds patience) { patience_ = patience; }

  // Runs `cantus up` and waits until every application is attached in the present term.
  void start();
  // Ends it in good order; returns the supervisor's exit code.
  int stop();
  // What the supervisor said of processes that ended though nobody had killed them, one line each. They were started
  // again, and all may have gone well; a fault it is none the less.
  [[nodiscard]] std::vector<std::string> unasked_deaths() const;
  [[nodiscard]] bool running();
  void kill_supervisor();  // kill -9; returns once it has ended
  // kill -9 of every process and the supervisor at once; returns once all have ended. The memory stays as it is.
  void kill_all();
  // What a power cut does besides: what lay in memory is gone, and so is all that was written to
  // the segment files behind the synced mark. The log is read anew after the next start.
  void cut_power();

  [[nodiscard]] const std::filesystem::path& data() const { return data_; }
  [[nodiscard]] std::filesystem::path memory() const;
  [[nodiscard]] const std::filesystem::path& configuration_file() const { return configuration_; }
  [[nodiscard]] pid_t supervisor() const { return supervisor_; }
  [[nodiscard]] Json status() const;  // `cantus status --json`

  // Process id of a process of the layout, by its name.
  [[nodiscard]] std::optional<pid_t> process(const std::string& name) const;
  [[nodiscard]] const std::vector<std::string>& process_names() const { return site_.processes; }
  [[nodiscard]] const Site& site() const { return site_; }
  // kill -9; returns once another process of the name runs.
  void kill(const std::string& name);

  // The next start reads the log from its first record, as one who comes new.
  void read_anew() { reader_.reset(); }

  // Follows the log: calls `seen` for each record from where the last call ended, until it returns true.
  void follow(const std::function<bool(const Event&)>& seen);
  // The same for what there is now; waits for nothing.
  void follow_on(const std::function<void(const Event&)>& seen);
  // Until a record of type M satisfies the predicate; returns a copy of it.
  template <class M>
  M wait_for(const std::function<bool(const M&, const RecordHeader&)>& wanted) {
    M found{};
    follow([&](const Event& event) {
      if (!event.is<M>() || !wanted(event.as<M>(), *event.header)) {
        return false;
      }
      found = event.as<M>();
      return true;
    });
    return found;
  }
  // The log from its first record.
  [[nodiscard]] std::unique_ptr<eventlog::LogReader> open_log() const;
  // Every record so far, from the first.
  void for_each_record(const std::function<void(const Event&)>& f) const;
  [[nodiscard]] Seq last() const;
  // Until every application of the venue has applied everything up to `position` and is attached.
  void wait_applied(Seq position);
  // Until nothing happens any more: no wish or proposal is outstanding, nothing but time is added, all have applied.
  void wait_quiet();
  // Follows the log until the OrderStatus that answers a status request of this ClOrdID, and until every trade that was
  // followed by this so far has its regulator's answer. Such a request stands behind all that its session entered
  // before it, in the same ring, and matching answers in order: then every consequence of that is on the log.
  void settle(const std::string& barrier);
  // The last record that was followed, but for those of time; after wait_quiet the last there is.
  [[nodiscard]] Seq quiet_at() const { return quiet_at_; }
  // Until `done`, which is asked every so often.
  void wait_until(const std::function<bool()>& done, std::chrono::nanoseconds pause = std::chrono::milliseconds(1));

 private:
  [[nodiscard]] bool all_attached(Seq position) const;
  [[nodiscard]] std::optional<Event> next_event();
  void lose_what_is_not_synced() const;

  std::filesystem::path folder_;
  Site site_;
  std::filesystem::path data_;
  std::filesystem::path configuration_;
  pid_t supervisor_ = -1;
  std::optional<std::chrono::seconds> patience_;
  Seq quiet_at_;
  int unreported_ = 0;  // trades without the regulator's answer
  std::unique_ptr<eventlog::LogReader> reader_;
};

}  // namespace cantus::campaign
