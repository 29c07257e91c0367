// What a log says of its heads: the keys, and who signed which segment. Every signature is checked again, by the key
// that was in force where the head stands.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "eventlog/directory.h"
#include "eventlog/reader.h"
#include "messages/messages.h"
#include "refdata/reference_data.h"

namespace cantus::keeping {

class HeadsOnLog {
 public:
  // From the log's first record to its end; with a state, from the first that lies here: the keys that it knows were in
  // force for the heads before it. Errors are the reader's and the state's.
  [[nodiscard]] static Result<HeadsOnLog> read(eventlog::LogReader& log, const SnapshotSections* begin = nullptr);

  [[nodiscard]] const HeadKeys& keys() const { return keys_; }
  [[nodiscard]] const HeadSigned* of(std::uint64_t segment) const;  // that which counts; null: none does
  // What is wrong with the heads of this log, the first thing: one by a key that is not on record there, a signature
  // that is not its key's, one of something else than what was sealed. Nothing if all is well; then sealed segments
  // behind keys().signed_through() are merely not signed yet.
  [[nodiscard]] std::optional<std::string> fault(const eventlog::Directory& directory) const;

 private:
  struct Said {
    std::string where;
    HeadSigned head;
  };
  // `later`: what is known is known at a later place.
  void take(const Event& event, const HeadKeys& known, bool later);

  HeadKeys keys_;
  std::map<std::uint64_t, HeadSigned> counting_;  // by segment
  std::vector<Said> all_;
  std::optional<std::string> fault_;  // the first, of keys and signatures
};

}  // namespace cantus::keeping
