// A random campaign: lives of a journal one after the other, each cut short somewhere by a stop, a failure, a power
// cut, lost memory or all of them, also within its start and recovery; at the end some damage. Everything is drawn from
// the seed, which a failure names; only the order among the journal's threads is not.
//   CANTUS_CAMPAIGN_SEED, CANTUS_CAMPAIGN_COUNT: the first seed and how many.
#include <cstdlib>

#include "tests/eventlog/crash.h"

namespace cantus::eventlog::test {
namespace {

using runtime::CallFault;

std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

class Campaign {
 public:
  explicit Campaign(std::uint64_t seed)
      : random_(seed * 7919), where_("seed " + std::to_string(seed)), workload_(seed) {}

  void play() {
    const std::uint64_t lives = 1 + draw(4);
    for (std::uint64_t life = 1; life <= lives && !testing::Test::HasFailure(); ++life) {
      where_ += "; life " + std::to_string(life);
      live();
      begin_again();
    }
    if (!testing::Test::HasFailure() && draw(3) == 0) {
      damage();
    }
  }

 private:
  std::uint64_t draw(std::uint64_t below) { return random_() % below; }
  runtime::SimulatedFiles& files() { return workload_.files(); }
  const JournalOptions& options() { return workload_.options(); }

  void live() {
    if (draw(5) != 0) {
      const auto fault = static_cast<CallFault>(draw(4));
      const std::uint64_t call = 1 + draw(120);
      files().plan(call, fault);
      where_ += ", fault " + std::to_string(static_cast<int>(fault)) + " at call " + std::to_string(call);
    }
    workload_.run(static_cast<int>(1 + draw(20)));
    files().plan(0, CallFault::fail_once);
    workload_.die();
    at_least_ = workload_.seen();
    told_ = std::max(told_, workload_.told());
  }

  // What befalls the host between two starts.
  void befall() {
    if (draw(4) == 0) {
      const auto fault = static_cast<CallFault>(draw(4));
      const std::uint64_t call = 1 + draw(20);
      where_ +=
          ", giving up with fault " + std::to_string(static_cast<int>(fault)) + " at call " + std::to_string(call);
      files().plan(call, fault);
      static_cast<void>(give_up_memory(files(), options().journal, options().memory));
      files().plan(0, fault);
      files().end_process();
    }
    switch (draw(4)) {
      case 0: {
        const std::uint64_t seed = random_();
        where_ += ", power cut " + std::to_string(seed);
        files().cut_power(seed);
        files().boot();
        at_least_ = told_;
        break;
      }
      case 1:
        for (const auto& [path, bytes] : files().image()) {
          if (path.parent_path() == options().memory && draw(3) == 0) {
            where_ += ", without " + path.filename().string();
            CANTUS_ASSERT(files().remove(path).ok(), "it is there");
            at_least_ = told_;
          }
        }
        break;
      default:
        break;
    }
  }

  [[nodiscard]] Act needed() {
    return stop_mark(files(), options().journal, options().memory).has_value() ? Act::recover : Act::open;
  }

  // Some starts are cut short themselves; the last one is not.
  void begin_again() {
    befall();
    for (std::uint64_t cuts = draw(3); cuts > 0; --cuts) {
      const auto fault = static_cast<CallFault>(draw(4));
      const std::uint64_t call = 1 + draw(40);
      where_ += ", start with fault " + std::to_string(static_cast<int>(fault)) + " at call " + std::to_string(call);
      files().plan(call, fault);
      act(files(), options(), needed());
      files().plan(0, fault);
      files().end_process();
      befall();
    }
    if (needed() == Act::recover) {
      const Done done = act_as_expected(files(), options(), Act::recover, where_);
      ASSERT_TRUE(done.ok) << where_ << ": " << done.error->text;
    }
    const Done done = act_as_expected(files(), options(), Act::open, where_);
    ASSERT_TRUE(done.ok) << where_ << ": " << done.error->text;
    std::vector<Record> log = read_log(files(), options(), where_);
    expect_beginning(log, workload_.appended(), at_least_, where_);
    if (done.report.kind != StartKind::same_boot) {
      told_ = log.size();
    }
    workload_.adopt(std::move(log));
  }

  // Any bytes of any file; only the oracle can say what becomes of it.
  void damage() {
    if (draw(2) == 0) {
      files().cut_power(random_());
      files().boot();
    }
    for (std::uint64_t times = 1 + draw(3); times > 0; --times) {
      Image image = files().image();
      auto at = image.begin();
      std::advance(at, draw(image.size()));
      const std::string name = at->first.filename().string();
      if (at->second.empty() || (name.rfind("segment-", 0) == 0 && is_listed(name))) {
        continue;  // what is sealed is looked at by its readers
      }
      const std::size_t offset =
          draw(2) == 0 ? draw(at->second.size()) : draw(std::min<std::size_t>(at->second.size(), 256));
      at->second[offset] ^= static_cast<std::byte>(1 + draw(255));
      where_ += ", " + name + " damaged at " + std::to_string(offset);
      files().damage(at->first, offset, {&at->second[offset], 1});
    }
    act_as_expected(files(), options(), needed(), where_);
  }

  bool is_listed(const std::string& name) {
    const std::vector<std::byte> directory = files().content(options().journal / directory_file);
    const auto parsed = parse_segment_name(name);
    const std::string line = "segment " + std::to_string(parsed ? parsed->number : 0) + " ";
    return std::string(reinterpret_cast<const char*>(directory.data()), directory.size()).find(line) !=
           std::string::npos;
  }

  std::mt19937_64 random_;
  std::string where_;
  Workload workload_;
  std::uint64_t at_least_ = 0;  // as many records the next start must find
  std::uint64_t told_ = 0;
};

TEST(Campaign, OfCrashes) {
  const std::uint64_t first = number_from("CANTUS_CAMPAIGN_SEED", 1);
  const std::uint64_t count = number_from("CANTUS_CAMPAIGN_COUNT", 1000);
  for (std::uint64_t seed = first; seed < first + count && !HasFailure(); ++seed) {
    Campaign(seed).play();
  }
}

}  // namespace
}  // namespace cantus::eventlog::test
