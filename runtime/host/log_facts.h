// What a host itself needs to know of the log, whatever it hosts: publishers' names, the level at which things are
// stable, the bound of back-pressure, suspensions, what is announced. A function of the log, so it is part of every
// snapshot.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "messages/exceptions.h"
#include "messages/formats.h"
#include "messages/record.h"
#include "messages/snapshot.h"

namespace cantus::host {

class LogFacts {
 public:
  static constexpr Seq no_hold{~std::uint64_t{0}};

  void apply(const Event& event) {
    venue_ = event.header->venue;
    if (event.header->topic == topic::control) {
      exceptions_.apply(event);
    }
    if (event.header->topic == topic::refdata || event.header->topic == topic::control) {
      take(event);
    }
  }

  [[nodiscard]] VenueId venue() const { return venue_; }  // zero: nothing was applied
  // Zero: it is not defined.
  [[nodiscard]] PublisherId publisher_named(std::string_view name) const;
  struct Publisher {
    PublisherId id;
    FixedString<32> name;
    ServiceClass service_class{};
  };
  [[nodiscard]] const std::vector<Publisher>& publishers() const { return publishers_; }  // in order of definition
  [[nodiscard]] AckLevel ack_level() const { return ack_level_; }
  [[nodiscard]] std::uint64_t backlog_max() const { return backlog_max_; }  // 0 until the log says it
  [[nodiscard]] bool replicas_agree() const { return replicas_agree_; }
  // A suspension that stands, of a publisher of outcomes: nothing beyond `hold` may be released because of it, and
  // clients' new messages are not read. Of anybody else what was admitted stands, and it is nobody else's business.
  struct Suspension {
    PublisherId publisher;
    Seq position;
    Seq hold;
  };
  [[nodiscard]] const std::vector<Suspension>& suspensions() const { return suspensions_; }
  // Nothing beyond may be released: a publisher is suspended from there on.
  [[nodiscard]] Seq hold() const;
  [[nodiscard]] bool suspension() const { return !suspensions_.empty(); }
  // As far as they were applied.
  [[nodiscard]] const Exceptions& exceptions() const { return exceptions_; }
  [[nodiscard]] const Announcements& announcements() const { return announcements_; }

  // First record of the log that the last event belongs to.
  [[nodiscard]] Seq log_begin() const { return log_begin_; }

  [[nodiscard]] Digest digest() const;
  void save(SnapshotWriter& out) const;
  [[nodiscard]] Status restore(const SnapshotSections& from);

 private:
  void take(const Event& event);
  void restore_suspensions(SectionReader& in);
  void define(const Publisher& publisher);
  [[nodiscard]] bool makes_outcomes(PublisherId id) const;

  VenueId venue_;
  AckLevel ack_level_ = AckLevel::synced;
  std::uint64_t backlog_max_ = 0;
  bool replicas_agree_ = false;
  bool configured_ = false;  // ReferenceDataComplete is on the log
  std::vector<Suspension> suspensions_;
  Exceptions exceptions_;
  Seq log_begin_{1};
  std::vector<Publisher> publishers_;  // in order of their definition
  Announcements announcements_;
};

}  // namespace cantus::host
