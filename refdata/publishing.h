// Who may write where, as the log says: publishers and the topics that each may propose on. The sequencer acts by its
// own copy; this one is what operators' commands are judged by, and what `cantus permissions` shows.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "messages/messages.h"
#include "messages/snapshot.h"
#include "messages/topics.h"

namespace cantus {

// The suspension that stands for a publisher, as far as its resolution is judged by it.
struct StandingSuspension {
  Seq position;  // of the PublisherSuspended; zero: none stands
  PublisherSeq from;
  Seq admitted;
  Seq left_through;  // see left_through_of (messages/exceptions.h)
  std::uint32_t admitted_crc = 0;
  std::uint32_t reserved = 0;
};

struct PublisherPermission {
  PublisherDefined defined;
  TopicSet grants;
  StandingSuspension suspended{};
};

class Publishing {
 public:
  static constexpr std::size_t publishers_max = 64;
  static constexpr std::size_t outcome_publishers_max = 8;

  Publishing() { publishers_.reserve(publishers_max); }

  // What is on the log holds; what is unknown or without room is passed by.
  void apply(const PublisherDefined& defined);
  void apply(const PublishGranted& granted);
  void apply(const PublishRevoked& revoked);
  void apply(const PublisherSuspended& suspended, Seq position);
  void apply(const Resolved& resolved);

  [[nodiscard]] const PublisherPermission* find(PublisherId publisher) const;
  [[nodiscard]] const PublisherPermission* find(std::string_view name) const;
  [[nodiscard]] std::span<const PublisherPermission> all() const { return publishers_; }  // in order of definition

  void digest_into(DigestBuilder& digest) const;
  // Within the section of reference data.
  void save(SnapshotWriter& out) const;
  void restore(SectionReader& in);

 private:
  PublisherPermission* at(PublisherId publisher);

  std::vector<PublisherPermission> publishers_;
};

}  // namespace cantus
