#include "runtime/host/ahead.h"

#include <algorithm>

namespace cantus::host {

void Ahead::begin(std::unique_ptr<eventlog::LogReader> reader, const Exceptions& known) {
  reader_ = std::move(reader);
  exceptions_ = known;
}

Result<bool> Ahead::look(Seq through, std::size_t records_max) {
  for (std::size_t i = 0; i < records_max; ++i) {
    if (reader_->position() >= through) {
      return true;
    }
    const Result<std::optional<Event>> next = reader_->next();
    if (!next) {
      return next.error();
    }
    if (!*next) {
      return true;
    }
    learn(**next);
  }
  return false;
}

Status Ahead::pass_by(Seq seq) { return reader_->position() < seq ? reader_->seek(seq.next()) : Status(); }

bool Ahead::learn(const Event& event) {
  if (event.is<Quarantine>()) {
    const std::size_t known = exceptions_.quarantines().all().size();
    exceptions_.apply(event);
    return exceptions_.quarantines().all().size() > known;
  }
  if (event.header->topic != topic::control || !event.is<Resolved>()) {
    return false;
  }
  const Seq suspension = event.as<Resolved>().suspension;
  if (answers(suspension)) {
    return false;
  }
  answered_.push_back(suspension);
  exceptions_.apply(event);
  return true;
}

bool Ahead::answers(Seq suspension) const {
  return std::find(answered_.begin(), answered_.end(), suspension) != answered_.end();
}

}  // namespace cantus::host
