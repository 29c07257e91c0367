#include "messages/exceptions.h"

#include <algorithm>

#include "messages/validate.h"

namespace cantus {
namespace {

constexpr std::string_view section_name = "exceptions";
constexpr std::uint16_t section_version = 4;
constexpr std::size_t exceptions_max = 65'536;
constexpr std::size_t publishers_max = 65'536;

}  // namespace

bool Exceptions::apply(const Event& event) {
  if (event.header->topic != topic::control) {
    return false;
  }
  note_who_trades(event);
  if (event.is<Quarantine>()) {
    return apply(event.as<Quarantine>(), event.header->seq);
  }
  return event.is<Resolved>() && apply(event.as<Resolved>(), event.header->seq);
}

bool Exceptions::apply(const Quarantine& quarantine, Seq position) {
  const bool good = can_be_quarantined(quarantine.machine) && !quarantine.position.is_zero() &&
                    quarantine.position < position && begun_.size() < exceptions_max;
  if (!good || position <= begun_through_) {
    return false;
  }
  begun_through_ = position;
  begun_.push_back(quarantine);
  if (quarantine.rest != 0) {
    return false;
  }
  newest_ = position;
  for (const Quarantine& one : begun_) {
    quarantines_.add({one.position, position, one.machine});
    if (!one.first.is_zero() && one.first < position) {
      voided_.push_back({one.publisher, one.first, position, std::min(one.left_through, Seq(position.get() - 1)),
                         one.from, one.trusted_crc});
    }
  }
  begun_.clear();
  return true;
}

bool Exceptions::apply(const Resolved& resolved, Seq position) {
  const bool good = resolved.voided != 0 && !resolved.first.is_zero() && resolved.first < position;
  if (!good || position <= newest_) {
    return false;
  }
  newest_ = position;
  voided_.push_back(
      {resolved.publisher, resolved.first, position, resolved.left_through, resolved.from, resolved.trusted_crc});
  return true;
}

void Exceptions::note_who_trades(const Event& event) {
  PublisherId publisher;
  if (event.is<PublishGranted>() && event.as<PublishGranted>().granted == Trade::topic) {
    publisher = event.as<PublishGranted>().publisher;
  } else if (event.is<PublisherCarried>() && TopicSet(event.as<PublisherCarried>().grants).contains(Trade::topic)) {
    publisher = event.as<PublisherCarried>().publisher;
  }
  if (!publisher.is_zero() && !trades(publisher)) {
    trades_.push_back(publisher);
  }
}

bool Exceptions::trades(PublisherId publisher) const {
  return std::find(trades_.begin(), trades_.end(), publisher) != trades_.end();
}

const VoidRecords* Exceptions::stretch_of(const Event& record) const {
  const RecordHeader& header = *record.header;
  const bool reports = record.is<ReportSubmit>();
  for (const VoidRecords& one : voided_) {
    const auto within = [&one](Seq seq) { return seq >= one.first && seq < one.until; };
    if (header.publisher == one.publisher
            ? within(header.seq)
            : reports && trades(one.publisher) && within(record.as<ReportSubmit>().trade.seq())) {
      return &one;
    }
  }
  return nullptr;
}

bool Exceptions::may_have_left(const Event& record) const {
  const VoidRecords* const of = stretch_of(record);
  return of != nullptr && record.header->seq <= of->left_through;
}

const VoidRecords* Exceptions::trusted_at(const Event& record) const {
  const RecordHeader& header = *record.header;
  const auto found = std::find_if(voided_.rbegin(), voided_.rend(), [&header](const VoidRecords& one) {
    return one.publisher == header.publisher && one.from == header.publisher_seq && header.seq >= one.first &&
           header.seq < one.until;
  });
  return found == voided_.rend() || begins_before(header.seq, found->until) ? nullptr : &*found;
}

// An exception that stands behind `said_behind` begins at the record or before it.
bool Exceptions::begins_before(Seq record, Seq said_behind) const {
  const auto quarantines = quarantines_.all();
  return std::any_of(voided_.begin(), voided_.end(),
                     [&](const VoidRecords& one) { return one.until > said_behind && one.first <= record; }) ||
         std::any_of(quarantines.begin(), quarantines.end(), [&](const QuarantinedRecord& one) {
           return one.until > said_behind && one.position <= record && one.machine != MachineName::gateway;
         });
}

bool Exceptions::unsound(Seq position) const {
  return quarantines_.unsound(position) ||
         std::any_of(voided_.begin(), voided_.end(),
                     [position](const VoidRecords& one) { return position >= one.first && position < one.until; });
}

void Exceptions::digest_into(DigestBuilder& digest) const {
  digest.add(static_cast<std::uint64_t>(voided_.size()));
  for (const VoidRecords& one : voided_) {
    digest.add(one.publisher).add(one.first).add(one.until).add(one.left_through).add(one.from);
    digest.add(one.trusted_crc);
  }
  quarantines_.digest_into(digest);
  digest.add(static_cast<std::uint64_t>(begun_.size()));
  for (const Quarantine& one : begun_) {
    digest.add_bytes(payload_of(one));
  }
  digest.add(static_cast<std::uint64_t>(trades_.size()));
  for (const PublisherId one : trades_) {
    digest.add(one);
  }
  digest.add(newest_).add(begun_through_);
}

Digest Exceptions::digest() const {
  DigestBuilder digest;
  digest_into(digest);
  return digest.digest();
}

void Exceptions::save(SnapshotWriter& out) const {
  out.section(section_name, section_version, digest(), [&] {
    out.put_count(voided_.size());
    for (const VoidRecords& one : voided_) {
      out.put(one.publisher);
      out.put(one.first);
      out.put(one.until);
      out.put(one.left_through);
      out.put(one.from);
      out.put(one.trusted_crc);
    }
    quarantines_.save(out);
    out.put_count(begun_.size());
    for (const Quarantine& one : begun_) {
      out.put(one);
    }
    out.put_count(trades_.size());
    for (const PublisherId one : trades_) {
      out.put(one);
    }
    out.put(newest_);
    out.put(begun_through_);
  });
}

Status Exceptions::restore(const SnapshotSections& from) {
  const auto body = [this](SectionReader& in) {
    const std::size_t count = in.get_count(exceptions_max, sizeof(Seq) * 4, "more exceptions than operators can make");
    for (std::size_t i = 0; i < count && in.ok(); ++i) {
      VoidRecords& one = voided_.emplace_back();
      one.publisher = in.get<PublisherId>();
      one.first = in.get<Seq>();
      one.until = in.get<Seq>();
      one.left_through = in.get<Seq>();
      one.from = in.get<PublisherSeq>();
      one.trusted_crc = in.get<std::uint32_t>();
      in.require(!one.first.is_zero() && one.first < one.until && one.left_through < one.until &&
                     in.known(LogSeq(in.taken_at().position.log(), one.until)),
                 "void records lie before what says so, and that before the position");
      in.require(i == 0 || voided_[i - 1].until <= one.until, "exceptions stand in the order of the log");
    }
    quarantines_.restore(in);
    const std::size_t begun =
        in.get_count(exceptions_max, sizeof(Quarantine), "more quarantines of one command than can be signed");
    for (std::size_t i = 0; i < begun && in.ok(); ++i) {
      begun_.push_back(in.get<Quarantine>());
      in.require(!validate(begun_.back()) && can_be_quarantined(begun_.back().machine),
                 "a quarantine that is begun is none");
    }
    const std::size_t trade = in.get_count(publishers_max, sizeof(PublisherId), "more publishers than there can be");
    for (std::size_t i = 0; i < trade && in.ok(); ++i) {
      trades_.push_back(in.get<PublisherId>());
    }
    newest_ = in.get<Seq>();
    begun_through_ = in.get<Seq>();
    const LogNumber log = in.taken_at().position.log();
    in.require((newest_.is_zero() || in.known(LogSeq(log, newest_))) &&
                   (begun_through_.is_zero() || in.known(LogSeq(log, begun_through_))),
               "exceptions lie before the position");
  };
  return from.restore(section_name, section_version, body, [this] { return digest(); });
}

EmptiedRecord::EmptiedRecord(const Event& record) : header_(*record.header) {
  header_.length = sizeof(RecordHeader) + sizeof(TimeTick);
  header_.type = TimeTick::type;
  header_.version = TimeTick::version;
  header_.topic = TimeTick::topic;
  header_.crc = 0;
}

// Not inline: a compiler that sees through it warns of layouts that the type excludes.
Event EmptiedRecord::event() const { return {&header_, payload_of(nothing_).data()}; }

// Where output waits for agreement nothing beyond the mark was released; else all that stood there may have been, until
// the suspension was read.
Seq left_through_of(const PublisherSuspended& suspended, Seq suspension) {
  return suspended.admitted.is_zero() || suspended.released < suspended.admitted
             ? Seq()
             : std::min(suspended.released, suspension);
}

}  // namespace cantus
