// Reads the log ahead of a participant for what it says of records that stand before (messages/exceptions.h): to its
// end before anything is applied, and again while the participant stands before something that only an exception
// ends. What the participant reads itself it shows here, too.
#pragma once

#include <memory>
#include <vector>

#include "eventlog/reader.h"
#include "messages/exceptions.h"

namespace cantus::host {

class Ahead {
 public:
  // Behind `from` nothing is known yet; `known` is said at or before it.
  void begin(std::unique_ptr<eventlog::LogReader> reader, const Exceptions& known);
  [[nodiscard]] bool begun() const { return reader_ != nullptr; }
  // What stands up to `through` and was not seen yet, at most so many records. True once nothing of it is left.
  [[nodiscard]] Result<bool> look(Seq through, std::size_t records_max);
  // Nothing up to `seq` needs to be looked at: it was shown.
  [[nodiscard]] Status pass_by(Seq seq);

  // Every record, or those on Exceptions::topics. False if it says nothing new of any record.
  bool learn(const Event& event);
  [[nodiscard]] const Exceptions& exceptions() const { return exceptions_; }
  // The suspension at this position is answered by what is known.
  [[nodiscard]] bool answers(Seq suspension) const;
  // Operators have said what is right of this record, under this number of the publisher.
  [[nodiscard]] bool answers(PublisherId publisher, PublisherSeq number, Seq admitted) const;

 private:
  std::unique_ptr<eventlog::LogReader> reader_;
  Exceptions exceptions_;
  std::vector<Resolved> answers_;  // of suspensions, however they were resolved
};

}  // namespace cantus::host
