// The publishers of the log as its control records define them: who may propose on what, how fast, which process speaks
// in which place, and what the next number of each is.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "messages/messages.h"
#include "messages/topics.h"
#include "sequencer/repeat_window.h"
#include "sequencer/token_bucket.h"

namespace cantus {

inline constexpr PublisherId sequencer_publisher{1};
inline constexpr std::size_t places_max = 16;

// Bounds of the core's memory, all of which is taken at construction. Windows are powers of two.
struct SequencerLimits {
  std::size_t publishers_max = 64;
  std::size_t outcome_publishers_max = 8;
  // Numbers of a publisher of outcomes that a slower replica's repeats can be compared with: more than a replica that
  // still counts for back-pressure may lag.
  std::size_t outcome_window = 65'536;
  std::size_t other_window = 4'096;
};

struct Place {
  Incarnation incarnation;  // 0: nobody speaks here
  std::uint32_t process = 0;
  // Not of the log, so in no digest: the incarnation has no stream and is lost unless it is back before this time; 0
  // while it has one.
  TimeNs return_by;
};

// Records of a publisher of which operators have said what is right: they are not to be disputed again.
struct DecidedRecords {
  Seq first;
  Seq until;  // the one behind the last
};

struct Publisher {
  static constexpr std::size_t decided_max = 8;  // stretches that are remembered, the newest
  PublisherDefined definition;
  TopicSet grants;
  PublisherSeq next{1};
  bool suspended = false;
  Seq suspension;                                   // position of the PublisherSuspended that stands
  PublisherSeq disputed_from;                       // of it, as the next
  Seq in_doubt;                                     // the record that a replica contradicted; 0: none
  std::array<DecidedRecords, decided_max> decided;  // the newest first
  TokenBucket bucket;
  RepeatWindow window;
  std::array<Place, places_max> places;
};

[[nodiscard]] bool is_decided(const Publisher& publisher, Seq record);
[[nodiscard]] PublisherCarried carried_of(const Publisher& publisher);

class Publishers {
 public:
  explicit Publishers(const SequencerLimits& limits);

  [[nodiscard]] std::size_t size() const { return publishers_.size(); }
  [[nodiscard]] Publisher& at(std::size_t index) { return publishers_[index]; }
  [[nodiscard]] const Publisher& at(std::size_t index) const { return publishers_[index]; }
  // Index of a publisher, in order of definition.
  [[nodiscard]] std::optional<std::size_t> find(PublisherId id) const;
  [[nodiscard]] std::optional<std::size_t> find(std::string_view name) const;

  // Whether such a record could be; it names what is wrong.
  [[nodiscard]] Status judge(const PublisherDefined& definition) const;
  [[nodiscard]] Status judge(const PublishGranted& grant) const;
  [[nodiscard]] Status judge(const PublishRevoked& revoked) const;
  [[nodiscard]] Status judge(const Resolved& resolved) const;

  // What the sequencer's own records change. Errors (refused) name what cannot be; then nothing changed.
  Status define(const PublisherDefined& definition, TimeNs time);
  Status grant(const PublishGranted& grant);
  Status revoke(const PublishRevoked& revoked);
  Status attach(const PublisherAttached& attached, Incarnation incarnation);
  Status lose(const PublisherLost& lost);
  Status suspend(const PublisherSuspended& suspended, Seq position);
  Status resolve(const Resolved& resolved, Seq position);
  // Those of one command take effect together, with the last of them (messages/exceptions.h): then what each says of a
  // publisher is decided, up to there, however many passes it took to say them.
  void quarantine(const Quarantine& said, Seq position);
  // What a log takes over from the one before it must be what stands. What was admitted before is remembered no more,
  // and rates begin anew, so that nothing of this state needs the log before.
  // `anew`: the log before was not read, so that this is how they are defined.
  Status carry(const PublisherCarried& carried, TimeNs time, bool anew);
  Status carry(const PlaceCarried& carried, bool anew);

  void digest_into(DigestBuilder& digest) const;

 private:
  Status define_as(const PublisherCarried& carried, TimeNs time);
  [[nodiscard]] Result<Publisher*> need(PublisherId id);
  // Its records from `first` up to `until` are decided. Nothing if there is no such publisher, or none are meant.
  void decide(PublisherId publisher, Seq first, Seq until);

  SequencerLimits limits_;
  std::size_t outcome_publishers_ = 0;
  std::vector<Publisher> publishers_;
  struct BegunQuarantine {
    PublisherId publisher;
    Seq first;
  };
  std::vector<BegunQuarantine> begun_;  // of one command, whose last is not said yet
  std::vector<std::uint16_t> index_;    // by id: index + 1, 0 if there is none
};

}  // namespace cantus
