// Reference data with operators that hold keys: records are made, signed and applied as the log would bring them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "refdata/app/operator_key.h"
#include "refdata/change_rules.h"
#include "refdata/reference_data.h"

namespace cantus {

class SignedVenue {
 public:
  static constexpr VenueId venue{77};
  static constexpr LogNumber log{3};

  // Operators ann (administrator, operations), bob (administrator, compliance), rita and ron (risk), olga (operations),
  // tom (trader); instruments AAPL and MSFT, a client ALPHA and a desk, a session of each, publishers 1 to 3 and a
  // gateway 10.
  SignedVenue();

  ReferenceData refdata;
  TimeNs time;                                  // of the next records
  std::vector<std::vector<std::byte>> records;  // everything that was applied, as a log holds it
  [[nodiscard]] static Event event_of(const std::vector<std::byte>& record) {
    return {reinterpret_cast<const RecordHeader*>(record.data()), record.data() + sizeof(RecordHeader)};
  }

  template <class M>
  ChangeId apply(const M& message, PublisherId publisher = PublisherId(9)) {
    RecordHeader header;
    header.length = sizeof(header) + sizeof(message);
    header.type = M::type;
    header.version = M::version;
    header.topic = M::topic;
    header.seq = ++last_;
    header.time = time;
    header.venue = venue;
    header.log = log;
    header.publisher = publisher;
    const Event event{&header, payload_of(message).data()};
    build_record(records.emplace_back(), header, payload_of(message));
    refdata.apply(event);
    return event.position();
  }

  // Parts as a person would sign them: numbered, each on its own topic.
  template <class... Changes>
  static std::vector<CommandPart> parts(const Changes&... changes) {
    std::vector<CommandPart> made;
    (made.push_back(part_of(changes, made.size())), ...);
    return made;
  }
  void propose(const std::vector<CommandPart>& parts);
  // Signed for the settings that stand, with the operator's next number.
  OperatorCommand command(const std::string& name, OperatorRole role, const std::vector<CommandPart>& parts);
  OperatorDecision decision(const std::string& name, OperatorRole role, ChangeId command,
                            Decision says = Decision::approved);
  template <class M>
  M signed_by(const std::string& name, M message) {
    key(name).sign(venue, log, message);
    return message;
  }
  // All of it in one go; the result is the machine's.
  CommandResult run(const std::string& name, OperatorRole role, const std::vector<CommandPart>& parts);
  // What else waits must be overtaken or wait on, as was foretold, once it took effect.
  CommandResult decide(const std::string& name, OperatorRole role, ChangeId command,
                       Decision says = Decision::approved);

  const refdata::OperatorKey& key(const std::string& name);
  OperatorDefined person(const std::string& name, RoleSet roles);
  [[nodiscard]] PartyDefined party(std::uint32_t id) const { return *refdata.party(PartyId(id)); }
  [[nodiscard]] InstrumentDefined instrument(std::uint32_t id) const { return *refdata.instrument(InstrumentId(id)); }
  [[nodiscard]] SessionDefined session(std::uint32_t id) const { return *refdata.session(SessionId(id)); }

 private:
  std::map<std::string, refdata::OperatorKey> keys_;
  std::map<std::string, std::uint64_t> numbers_;
  struct Next {
    Seq seq;
    Seq operator++() { return seq = seq.next(); }
  } last_;
};

}  // namespace cantus
