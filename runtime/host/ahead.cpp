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
  const bool news = exceptions_.apply(event);
  if (!event.is<Resolved>() || answers(event.as<Resolved>().suspension)) {
    return news;
  }
  answers_.push_back(event.as<Resolved>());
  return true;
}

bool Ahead::answers(Seq suspension) const {
  return std::any_of(answers_.begin(), answers_.end(),
                     [suspension](const Resolved& one) { return one.suspension == suspension; });
}

bool Ahead::answers(PublisherId publisher, PublisherSeq number, Seq admitted) const {
  return std::any_of(answers_.begin(), answers_.end(), [&](const Resolved& one) {
    return one.publisher == publisher && one.from == number && one.first == admitted;
  });
}

}  // namespace cantus::host
