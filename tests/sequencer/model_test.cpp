// The core beside a naive model on random histories: proposals lost, repeated, reordered, changed; processes that die,
// come back, replace each other; terms; rates; suspensions. Every answer and every record is compared, and at random
// positions a core that only read the log must hold the same state.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <string>

#include "tests/sequencer/core_fixture.h"

namespace cantus::test {
namespace {

constexpr std::uint32_t rate = 50;
constexpr std::uint32_t burst = 4;
constexpr std::uint32_t endless_max = 12;

[[nodiscard]] OpeningContent random_venue() {
  OpeningContent content = small_venue();
  content.publishers[2].endless_max = endless_max;
  content.publishers[5].rate_per_second = rate;
  content.publishers[5].burst = burst;
  return content;
}

// What a record is to the model.
struct Said {
  PublisherId publisher;
  std::string content;  // of a proposal: its payload
  TimeNs time;
  bool sealing = false;
  PublisherId moved{};  // who came or went
};

[[nodiscard]] PublisherId who_moved(const Event& event) {
  return event.is<PublisherAttached>() ? event.as<PublisherAttached>().publisher
         : event.is<PublisherLost>()   ? event.as<PublisherLost>().publisher
                                       : PublisherId();
}

// Keeps whole histories and counts everything anew at each question.
class NaiveModel {
 public:
  std::vector<Said> log;
  std::map<std::uint16_t, bool> suspended;

  [[nodiscard]] std::vector<std::size_t> of(PublisherId publisher) const {
    std::vector<std::size_t> positions;
    for (std::size_t i = 0; i < log.size(); ++i) {
      if (log[i].publisher == publisher) {
        positions.push_back(i);
      }
    }
    return positions;
  }
  // Tokens in billionths, replayed from the first admission.
  [[nodiscard]] bool may_pass(PublisherId publisher, TimeNs defined, TimeNs now) const {
    __extension__ using Wide = __int128;
    const Wide token = 1'000'000'000;
    Wide level = token * burst;
    TimeNs at = defined;
    const auto grow = [&](TimeNs to) {
      level = std::min<Wide>(token * burst, level + static_cast<Wide>(to.get() - at.get()) * rate);
      at = to;
    };
    for (const std::size_t position : of(publisher)) {
      grow(log[position].time);
      level -= token;
    }
    grow(now);
    return level >= token;
  }
  [[nodiscard]] std::size_t without_foreign_cause(PublisherId publisher) const {
    std::size_t count = 0;
    for (auto said = log.rbegin(); said != log.rend(); ++said) {
      if (said->sealing || said->moved == publisher) {
        continue;
      }
      if (said->publisher != publisher) {
        break;
      }
      ++count;
    }
    return count;
  }
};

class RandomHistory {
 public:
  explicit RandomHistory(std::uint64_t seed) : random_(seed), venue_(random_venue()), defined_(venue_.now()) {
    take_new_records();
  }

  void run(int steps) {
    for (int i = 0; i < steps && !::testing::Test::HasFatalFailure(); ++i) {
      step();
    }
    check_rebuilt();
  }
  // How often each answer was given, and for which publisher.
  [[nodiscard]] const std::map<std::string, std::size_t>& answers() const { return answers_; }

 private:
  struct Speaker {
    const char* name;
    PublisherId publisher;
    std::uint16_t place;
    std::optional<Attached> attached;
  };

  [[nodiscard]] std::uint64_t draw(std::uint64_t below) { return random_() % below; }

  void step() {
    venue_.advance(static_cast<std::int64_t>(draw(8) == 0 ? draw(60'000'000) : draw(3'000)));
    if (draw(300) == 0) {
      venue_.set_now(TimeNs(venue_.now().get() - static_cast<std::int64_t>(draw(5'000'000))));  // the clock goes back
    }
    Speaker& speaker = speakers_[draw(speakers_.size())];
    const std::uint64_t choice = draw(1000);
    if (choice < 900) {
      propose(speaker);
    } else if (choice < 930) {
      attach(speaker);
    } else if (choice < 940) {
      lose(speaker);
    } else if (choice < 950) {
      restart();
    } else if (choice < 955) {
      seal();
    } else if (choice < 990) {
      tick();
    } else {
      check_rebuilt();
    }
  }

  void propose(Speaker& speaker) {
    if (!speaker.attached) {
      return;
    }
    const auto history = model_.of(speaker.publisher);
    const std::uint64_t next = history.size() + 1;
    std::uint64_t number = next;
    std::string content = std::to_string(next);
    if (draw(5) == 0 && next > 1) {  // a repeat, rarely of another content
      const std::uint64_t window =
          speaker.publisher == matching ? small_limits().outcome_window : small_limits().other_window;
      number = next - 1 - draw(std::min(next - 1, window));
      content = model_.log[history[number - 1]].content + (draw(60) == 0 ? "x" : "");
    } else if (draw(500) == 0) {
      number = next + 1 + draw(3);  // one was lost on the way
    }
    Proposal proposal = proposal_of(speaker.publisher, number, content);
    Flaw flaw = Flaw::none;
    if (draw(150) == 0) {
      flaw = Flaw::broken;
      proposal.payload[draw(proposal.payload.size())] ^= std::byte{1};
    } else if (draw(400) == 0 && number == next) {
      flaw = Flaw::forbidden;
      proposal = Proposal::of(number, PartyDefined{});
    }
    if (draw(50) == 0) {
      held_ = !held_;
      venue_.hold(held_ ? client_topics : TopicSet());
    }
    const TimeNs stamp = std::max(venue_.now(), model_.log.back().time);
    const Answer expected = expect(speaker.publisher, {number, next, content, flaw}, stamp);
    const Admission given = venue_.propose(speaker.attached->place, proposal);
    ASSERT_EQ(given.verdict, expected.verdict) << speaker.name << " proposes " << number << ", next is " << next;
    ASSERT_EQ(given.wait_for, expected.wait_for);
    ASSERT_EQ(given.refusal, expected.refusal);
    ++answers_[std::string(speaker.publisher == matching ? "outcome: " : "input: ") + expected.text];
    if (expected.verdict == Verdict::admitted) {
      model_.log.push_back(Said{speaker.publisher, content, stamp, false, {}});
      ASSERT_EQ(venue_.log().size(), model_.log.size());
      ASSERT_EQ(venue_.log().last().header->time, stamp);
      ASSERT_EQ(venue_.log().last().header->publisher, speaker.publisher);
      ASSERT_EQ(venue_.log().last().header->publisher_seq, PublisherSeq(number));
    } else {
      take_new_records();
    }
  }

  enum class Flaw { none, broken, forbidden };
  struct Offer {
    std::uint64_t number;
    std::uint64_t next;
    std::string content;
    Flaw flaw;
  };
  struct Answer {
    Verdict verdict;
    const char* text;
    Refusal refusal = Refusal::none;
    WaitFor wait_for = WaitFor::nothing;
  };

  [[nodiscard]] Answer expect(PublisherId publisher, const Offer& offer, TimeNs stamp) {
    bool& suspended = model_.suspended[publisher.get()];
    if (suspended) {
      return {Verdict::waits, "waits for a resolution", Refusal::none, WaitFor::resolution};
    }
    if (offer.flaw == Flaw::broken) {
      return {Verdict::refused, "broken", Refusal::wrong_checksum};
    }
    if (offer.number > offer.next) {
      suspended = publisher == matching;
      return {Verdict::refused, "skipped", Refusal::number_skipped};
    }
    if (offer.number < offer.next) {
      if (model_.log[model_.of(publisher)[offer.number - 1]].content == offer.content) {
        return {Verdict::repeat, "repeat"};
      }
      suspended = publisher == matching;
      return {Verdict::differs, "differs"};
    }
    if (offer.flaw == Flaw::forbidden) {
      suspended = publisher == matching;
      return {Verdict::refused, "forbidden", Refusal::topic_not_granted};
    }
    if (publisher == matching && model_.without_foreign_cause(publisher) >= endless_max) {
      suspended = true;
      return {Verdict::refused, "endless", Refusal::endless_proposals};
    }
    if (held_ && publisher != matching) {
      return {Verdict::waits, "waits for room", Refusal::none, WaitFor::room};
    }
    if (publisher == gateway_2 && !model_.may_pass(publisher, defined_, stamp)) {
      return {Verdict::waits, "waits for its rate", Refusal::none, WaitFor::rate};
    }
    return {Verdict::admitted, "admitted"};
  }

  [[nodiscard]] static Proposal proposal_of(PublisherId publisher, std::uint64_t number, const std::string& content) {
    if (publisher == matching) {
      OrderRejected message;
      message.cl_ord_id = FixedString<32>::cut(content);
      return Proposal::of(number, message);
    }
    NewOrder message;
    message.cl_ord_id = FixedString<32>::cut(content);
    return Proposal::of(number, message);
  }

  void attach(Speaker& speaker) {
    const bool returns = speaker.attached && draw(2) == 0;
    const Attached attached =
        venue_.attach(speaker.name, speaker.place, returns ? speaker.attached->incarnation : Incarnation());
    ASSERT_EQ(attached.verdict, AttachVerdict::attached);
    ASSERT_EQ(attached.next_publisher_seq, PublisherSeq(model_.of(speaker.publisher).size() + 1));
    if (returns) {
      ASSERT_EQ(attached.incarnation, speaker.attached->incarnation);
    }
    speaker.attached = attached;
    take_new_records();
  }

  void lose(Speaker& speaker) {
    if (speaker.attached) {
      venue_.lose(speaker.attached->place);
      speaker.attached.reset();
      take_new_records();
    }
  }

  // Everybody comes back at once, or is lost after two seconds.
  void restart() {
    venue_.restart();
    take_new_records();
    for (Speaker& speaker : speakers_) {
      if (speaker.attached && draw(3) != 0) {
        const Attached back = venue_.attach(speaker.name, speaker.place, speaker.attached->incarnation);
        ASSERT_EQ(back.incarnation, speaker.attached->incarnation);
      } else {
        speaker.attached.reset();
      }
    }
    const std::size_t awaited = venue_.core().awaited();
    venue_.set_now(TimeNs(model_.log.back().time.get() + return_within_ns));
    ASSERT_EQ(venue_.tick(), awaited == 0 ? 1 : awaited);
    take_new_records();
  }

  void seal() {
    venue_.begin_pass();
    SegmentSealed sealed;
    sealed.segment = venue_.core().last_sealed() + 1;
    venue_.core().seal(sealed, venue_.batch());
    venue_.commit();
    take_new_records();
  }

  void tick() {
    const bool due = venue_.now().get() - model_.log.back().time.get() >= silence_ns;
    ASSERT_EQ(venue_.tick(), due ? 1u : 0u);
    take_new_records();
  }

  // The sequencer's own records, as the log has them.
  void take_new_records() {
    for (std::size_t seq = model_.log.size() + 1; seq <= venue_.log().size(); ++seq) {
      const Event event = venue_.log().at(seq);
      ASSERT_TRUE(model_.log.empty() || event.header->time >= model_.log.back().time);
      model_.log.push_back(
          Said{event.header->publisher, "", event.header->time, event.is<SegmentSealed>(), who_moved(event)});
    }
  }

  void check_rebuilt() { ASSERT_EQ(venue_.rebuilt()->digest(), venue_.core().digest()); }

  std::mt19937_64 random_;
  Venue venue_;
  TimeNs defined_;
  NaiveModel model_;
  std::map<std::string, std::size_t> answers_;
  bool held_ = false;  // clients' messages wait for room
  std::vector<Speaker> speakers_ = {{"matching", matching, 0, {}},
                                    {"matching", matching, 1, {}},
                                    {"gateway-1", gateway_1, 0, {}},
                                    {"gateway-2", gateway_2, 0, {}}};
};

TEST(SequencerModel, RandomHistoriesAgreeWithTheNaiveModel) {
  std::map<std::string, std::size_t> answers;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomHistory history(seed);
    history.run(600);
    ASSERT_FALSE(HasFatalFailure());
    for (const auto& [answer, count] : history.answers()) {
      answers[answer] += count;
    }
  }
  for (const std::string publisher : {"outcome: ", "input: "}) {
    for (const char* answer : {"admitted", "repeat", "differs", "skipped", "broken", "forbidden"}) {
      EXPECT_GT(answers[publisher + answer], 10u) << publisher << answer;
    }
  }
  EXPECT_GT(answers["outcome: endless"], 10u);
  EXPECT_GT(answers["outcome: waits for a resolution"], 10u);
  EXPECT_GT(answers["input: waits for its rate"], 100u);
  EXPECT_GT(answers["input: waits for room"], 100u);
}

TEST(SequencerModel, ACoreRebuiltFromAnyPrefixGoesOnAlike) {
  Venue venue_(random_venue());
  const PlaceRef first = venue_.attach("matching", 0).place;
  const PlaceRef second = venue_.attach("matching", 1).place;
  const PlaceRef gateway = venue_.attach("gateway-2").place;
  std::vector<Digest> digests;
  std::size_t from = venue_.log().size();
  for (std::uint64_t number = 1; number <= 20; ++number) {
    venue_.advance(30'000'000);
    venue_.propose(gateway, order(number));
    digests.push_back(venue_.core().digest());
    venue_.propose(number % 2 == 0 ? first : second, outcome(number));
    digests.push_back(venue_.core().digest());
  }
  ASSERT_EQ(venue_.log().size(), from + digests.size());
  SequencerCore core(small_limits());
  for (std::size_t seq = 1; seq <= venue_.log().size(); ++seq) {
    ASSERT_TRUE(core.apply(venue_.log().at(seq)));
    if (seq > from) {
      ASSERT_EQ(core.digest(), digests[seq - from - 1]) << seq;
    }
  }
}

}  // namespace
}  // namespace cantus::test
