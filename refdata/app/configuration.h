// The configuration of a venue: one JSON file, read and checked whole before anything starts. Every fault is named with
// its path. config/README.md explains every field.
//
// `venue`, `instruments`, `parties`, `sessions`, `operators` change results: they go onto the log at the first start,
// and then change by what operators sign alone (refdata/app/recorded.h, refdata/app/changes.h). The rest is the
// processes' own and may differ at every start.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "messages/messages.h"
#include "runtime/loop.h"
#include "runtime/net.h"
#include "runtime/ring.h"

namespace cantus::refdata {

// Publishers by number, permanent. A gateway or injector has the first plus its index in the configuration.
namespace publisher {
inline constexpr PublisherId sequencer{1};
inline constexpr PublisherId config{2};
inline constexpr PublisherId matching{3};
inline constexpr PublisherId reporter{4};
inline constexpr PublisherId scheduler{5};
inline constexpr PublisherId trade_reporter{6};
inline constexpr PublisherId bench{7};
inline constexpr PublisherId snapshots{8};
inline constexpr PublisherId operators{9};
inline constexpr PublisherId first_gateway{10};
inline constexpr PublisherId first_injector{40};
inline constexpr PublisherId keeper{60};
}  // namespace publisher
inline constexpr std::size_t gateways_max = 30;
inline constexpr std::size_t injectors_max = 20;

// A gateway, which listens at its address, or an injector, which connects to the feed there; it publishes under its
// name.
struct EdgeSettings {
  std::string name;
  PublisherId publisher;
  runtime::Address address;
  std::uint32_t rate_per_second = 0;  // admitted proposals; 0: no bound
  std::uint32_t burst = 0;
};

struct JournalSettings {
  std::size_t segment_bytes = std::size_t{64} << 20;
  std::size_t unsealed_max = 8;
};

// Between the sequencer and each process that proposes (runtime/ring.h).
struct RingSettings {
  // Matching and credit keep room for so many of each gateway (credit/venue_capacity.h): a setting can only lower it.
  static constexpr std::size_t in_flight_most = 1024;
  std::size_t bytes = runtime::ring_bytes_default;  // a power of two
  std::size_t in_flight_max = in_flight_most;       // proposals of a process not on the log, or not durable there
};

// When states are taken, whichever comes first, and how many are kept (snapshots/README.md).
struct SnapshotSettings {
  std::uint64_t every_records = 500'000;
  std::int64_t every_ns = std::int64_t{900} * 1'000'000'000;
  std::size_t keep = 3;
};

// What is done with sealed segments (keeping/README.md).
struct KeepingSettings {
  bool compress = true;
  std::optional<std::int64_t> remove_older_ns;  // sealed segments that a backup holds; nothing: none is removed
  std::int64_t verify_every_ns = std::int64_t{24} * 3600 * 1'000'000'000;
};

// When the venue's log ends and the next one begins, in log time.
struct RollSchedule {
  std::uint32_t weekday = 6;           // 0 is Sunday
  std::int32_t time_s = 21 * 60 * 60;  // seconds after midnight UTC
};

// How the applications are spread over processes (cli/layout.h).
enum class Layout : std::uint8_t { automatic, one, two, each };

struct ProcessSettings {
  std::vector<EdgeSettings> gateways;
  std::optional<runtime::Address> trade_reporter;  // where the regulator listens
  std::vector<EdgeSettings> market_data;
  JournalSettings journal;
  RingSettings rings;
  SnapshotSettings snapshots;
  KeepingSettings keeping;
  std::optional<RollSchedule> roll = RollSchedule{};  // nothing: only when an operator says so
  Layout layout = Layout::automatic;
  runtime::WaitMode wait = runtime::WaitMode::adaptive;
  std::optional<unsigned> sequencer_core;  // the loop of the sequencer's process stays on it
};

struct Configuration {
  VenueDefined venue;
  std::vector<InstrumentDefined> instruments;
  std::vector<PartyDefined> parties;
  std::vector<SessionDefined> sessions;
  std::vector<PasswordVerifier> verifiers;  // of the sessions that have one, in their order
  std::vector<OperatorDefined> operators;
  ProcessSettings process;
};

// A venue whose log has operators starts with them, whoever they are: a file changes none of them.
enum class ConfigurationOf : std::uint8_t { new_venue, log };
// Refused: the text lists every fault on a line of its own. Whether its operators could ever be changed is asked of a
// new venue alone.
[[nodiscard]] Result<Configuration> parse_configuration(std::string_view json,
                                                        ConfigurationOf of = ConfigurationOf::new_venue);
// Why these operators could never be changed; nothing if they can be, or if there are none.
[[nodiscard]] std::optional<std::string> why_operators_stay(const std::vector<OperatorDefined>& operators);
// A line for each change that these operators could never make: nobody may sign for it, or nobody is left to be the
// second person. None of them: there are no operators at all, or enough for everything.
[[nodiscard]] std::vector<std::string> changes_out_of_reach(const std::vector<OperatorDefined>& operators);
// not_found: there is no such file.
[[nodiscard]] Result<Configuration> load_configuration(const std::filesystem::path& file,
                                                       ConfigurationOf of = ConfigurationOf::new_venue);

}  // namespace cantus::refdata
