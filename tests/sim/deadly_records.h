// Records that kill: a machine of every process that takes one dies of it, each time, as of a bug that the machine has
// for it. Calls from one file of the shipped libraries into another are wrapped by the linker (CMakeLists.txt), so the
// venue knows nothing of it. Who is no process of the venue is never killed.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "messages/record.h"

namespace cantus::sim {

// Who dies of a record.
class Mortal {
 public:
  virtual ~Mortal() = default;
  // Nothing of it has any effect from here on. Its code is left by Died (process_files.h) right behind.
  virtual void die_of_record() = 0;
};

// While this lives what runs is the code of `whose`; null: of nobody who could die.
class CodeOf {
 public:
  explicit CodeOf(Mortal* whose);
  ~CodeOf();
  CodeOf(const CodeOf&) = delete;
  CodeOf& operator=(const CodeOf&) = delete;

 private:
  Mortal* const before_;
};

// Of the world that is played; there is one at a time.
class DeadlyRecords {
 public:
  DeadlyRecords();
  ~DeadlyRecords();
  DeadlyRecords(const DeadlyRecords&) = delete;
  DeadlyRecords& operator=(const DeadlyRecords&) = delete;

  // The machine dies of the first record of this type behind `behind` that it takes, and of that one for ever. (What
  // stands at `behind` or before it some process may have taken already.) `met` is told when it does for the first
  // time.
  void plant(MachineName machine, MessageType type, Seq behind, std::function<void()> met);
  // What no machine has met yet kills nobody.
  void forget_unmet();

  // A machine is about to handle the event, which is not quarantined for it. Throws Died where it dies of that.
  void meet(MachineName machine, const Event& event);

 private:
  struct Deadly {
    MachineName machine{};
    MessageType type;
    Seq behind;
    std::function<void()> met;       // empty: it was told
    std::vector<std::byte> payload;  // of the record, once it was met; where it stands may change when power fails
    [[nodiscard]] bool is(const Event& event) const;
  };
  std::vector<Deadly> all_;
};

}  // namespace cantus::sim
