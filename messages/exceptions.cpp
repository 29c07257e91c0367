#include "messages/exceptions.h"

#include <algorithm>

namespace cantus {
namespace {

constexpr std::string_view section_name = "exceptions";
constexpr std::uint16_t section_version = 3;
constexpr std::size_t exceptions_max = 65'536;

}  // namespace

void Exceptions::apply(const Event& event) {
  if (event.header->topic != topic::control) {
    return;
  }
  if (event.is<Quarantine>()) {
    const auto& quarantine = event.as<Quarantine>();
    const bool news = quarantines_.apply(event);
    if (news && !quarantine.first.is_zero() && quarantine.first < event.header->seq) {
      voided_.push_back({quarantine.publisher, quarantine.first, event.header->seq,
                         std::min(quarantine.left_through, Seq(event.header->seq.get() - 1)), quarantine.from,
                         quarantine.trusted_crc});
    }
  }
  if (!event.is<Resolved>()) {
    return;
  }
  const auto& resolved = event.as<Resolved>();
  const bool known = std::any_of(voided_.begin(), voided_.end(),
                                 [&](const VoidRecords& one) { return one.until == event.header->seq; });
  if (resolved.voided == 0 || resolved.first.is_zero() || resolved.first >= event.header->seq || known) {
    return;
  }
  voided_.push_back({resolved.publisher, resolved.first, event.header->seq, resolved.left_through, resolved.from,
                     resolved.trusted_crc});
}

const VoidRecords* Exceptions::stretch_of(const Event& record) const {
  const RecordHeader& header = *record.header;
  const bool reports = record.is<ReportSubmit>();
  for (const VoidRecords& one : voided_) {
    const auto within = [&one](Seq seq) { return seq >= one.first && seq < one.until; };
    if (header.publisher == one.publisher ? within(header.seq)
                                          : reports && within(record.as<ReportSubmit>().trade.seq())) {
      return &one;
    }
  }
  return nullptr;
}

bool Exceptions::may_have_left(const Event& record) const {
  const VoidRecords* const of = stretch_of(record);
  return of != nullptr && record.header->seq <= of->left_through;
}

const VoidRecords* Exceptions::begins_at(const Event& record) const {
  const auto found = std::find_if(voided_.begin(), voided_.end(), [&](const VoidRecords& one) {
    return one.first == record.header->seq && one.publisher == record.header->publisher;
  });
  return found == voided_.end() ? nullptr : &*found;
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
      in.require(i == 0 || voided_[i - 1].until < one.until, "exceptions stand in the order of the log");
    }
    quarantines_.restore(in);
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
