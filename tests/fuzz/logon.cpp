// A first message of a stranger: whatever it says, it is judged; who is let in is a session that exists, with a
// password to be checked where it has one.
#include "fix/logon_judge.h"

#include "base/assert.h"
#include "messages/record.h"
#include "tests/fix/fix_text.h"
#include "tests/fuzz/fuzz.h"

namespace cantus::fuzz {

namespace {

template <class M>
void apply(ReferenceData& refdata, const M& message) {
  RecordHeader header;
  header.length = sizeof(RecordHeader) + sizeof(M);
  header.type = M::type;
  header.version = M::version;
  header.topic = M::topic;
  header.seq = Seq(1);
  header.log = LogNumber(1);
  refdata.apply(Event{&header, reinterpret_cast<const std::byte*>(&message)});
}

const ReferenceData& reference_data() {
  static const ReferenceData* const made = [] {
    auto* refdata = new ReferenceData;
    VenueDefined venue;
    venue.open_orders_max = venue.cl_ord_ids_max = venue.backlog_max = 10;
    venue.ack_level = AckLevel::synced;
    venue.name = FixedString<32>("test");
    apply(*refdata, venue);
    PartyDefined party;
    party.party = PartyId(1);
    party.kind = PartyKind::client;
    party.name = FixedString<32>("ALPHA");
    apply(*refdata, party);
    for (std::uint32_t id = 1; id <= 2; ++id) {
      SessionDefined session;
      session.session = SessionId(id);
      session.party = PartyId(1);
      session.role = SessionRole::client;
      session.reset_policy = id == 1 ? ResetPolicy::allowed : ResetPolicy::refused;
      session.password_required = id == 1 ? 1 : 0;
      session.heartbeat_min_s = 5;
      session.heartbeat_max_s = 60;
      session.reset_time_s = -1;
      session.begin_string = FixedString<16>("FIX.4.4");
      session.our_comp_id = FixedString<32>("CANTUS");
      session.their_comp_id = FixedString<32>(id == 1 ? "ALPHA1" : "ALPHA2");
      apply(*refdata, session);
    }
    apply(*refdata, ReferenceDataComplete{});
    return refdata;
  }();
  return *made;
}

}  // namespace

void play(std::span<const std::byte> input) {
  const std::string_view message(reinterpret_cast<const char*>(input.data()), input.size());
  fix::FieldList fields;
  fields.split(message);
  const auto request = fix::parse_logon(fields);
  if (!request) {
    return;
  }
  CANTUS_ASSERT(request->number.get() >= 1 && request->number.get() <= 2147483647, "its number is one");
  for (const bool loopback : {false, true}) {
    const fix::LogonJudgement judgement = fix::judge_logon(
        *request, reference_data(), {loopback, request->sending_time.value_or(TimeNs(0)), 1},
        [](const void*, SessionId session) { return session == SessionId(1); }, nullptr);
    if (judgement.drop != fix::LogonDrop::none) {
      continue;
    }
    const SessionDefined* const session = reference_data().session(judgement.session);
    CANTUS_ASSERT(session != nullptr, "who is let in is known");
    CANTUS_ASSERT(session->their_comp_id.view() == request->sender_comp_id, "under its own name");
    CANTUS_ASSERT(judgement.password_needed == (session->password_required != 0), "with a password where it has one");
    CANTUS_ASSERT(judgement.password_needed || loopback, "and from afar only with one");
    CANTUS_ASSERT(!judgement.logout_text.empty() || (request->heart_bt_int_s >= 5 && request->heart_bt_int_s <= 60),
                  "HeartBtInt is within its bounds");
  }
}

std::vector<std::vector<std::byte>> seeds() {
  std::vector<std::vector<std::byte>> inputs;
  for (const char* text :
       {"35=A|34=1|49=ALPHA1|52=20261121-21:00:00.000|56=CANTUS|98=0|108=30|554=secret|",
        "35=A|34=1|49=ALPHA2|52=20261121-21:00:00.000|56=CANTUS|98=0|108=5|141=Y|789=3|",
        "35=A|34=2147483647|43=Y|49=ALPHA2|50=sub|52=20261121-21:00:00|56=CANTUS|98=0|108=60|553=user|925=new|"}) {
    const std::string message = test::fix_message(text);
    const auto bytes = std::as_bytes(std::span(message));
    inputs.emplace_back(bytes.begin(), bytes.end());
  }
  return inputs;
}

}  // namespace cantus::fuzz
