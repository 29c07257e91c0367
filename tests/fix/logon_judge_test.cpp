#include "fix/logon_judge.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace cantus::fix {
namespace {

// Reference data with a client session 1 (ALPHA1, with a password), 2 (OPEN1, without) and a regulator's 3.
class LogonJudgeTest : public ::testing::Test {
 protected:
  LogonJudgeTest() {
    VenueDefined venue;
    venue.ack_level = AckLevel::synced;
    venue.name = FixedString<32>("test");
    venue.open_orders_max = 10;
    venue.cl_ord_ids_max = 10;
    venue.backlog_max = 10;
    apply(venue);
    PartyDefined party;
    party.party = PartyId(1);
    party.kind = PartyKind::client;
    party.name = FixedString<32>("ALPHA");
    apply(party);
    define(1, SessionRole::client, "ALPHA1", true, ResetPolicy::allowed);
    define(2, SessionRole::client, "OPEN1", false, ResetPolicy::refused);
    define(3, SessionRole::regulator, "REG", false, ResetPolicy::refused);
  }

  void open() { apply(ReferenceDataComplete{}); }

  void define(std::uint32_t id, SessionRole role, const char* name, bool password, ResetPolicy reset) {
    SessionDefined session;
    session.session = SessionId(id);
    session.party = role == SessionRole::regulator ? PartyId(0) : PartyId(1);
    session.role = role;
    session.reset_policy = reset;
    session.password_required = password ? 1 : 0;
    session.heartbeat_min_s = 5;
    session.heartbeat_max_s = 60;
    session.reset_time_s = -1;
    session.begin_string = FixedString<16>("FIX.4.4");
    session.our_comp_id = FixedString<32>("CANTUS");
    session.their_comp_id = FixedString<32>(name);
    apply(session);
    if (password) {
      verifiers_.insert(session.session);
    }
  }

  template <class M>
  void apply(const M& message) {
    RecordHeader header;
    header.length = sizeof(RecordHeader) + sizeof(M);
    header.type = M::type;
    header.version = M::version;
    header.topic = M::topic;
    header.publisher = PublisherId(2);
    header.seq = Seq(++seq_);
    header.log = LogNumber(1);
    refdata_.apply(Event{&header, reinterpret_cast<const std::byte*>(&message)});
  }

  [[nodiscard]] LogonJudgement judge(const LogonRequest& request, bool loopback = true) const {
    return judge_logon(
        request, refdata_, {loopback, now, latency_max_ns},
        [](const void* context, SessionId session) {
          return static_cast<const std::set<SessionId>*>(context)->contains(session);
        },
        &verifiers_);
  }

  static constexpr TimeNs now{1'800'000'000'000'000'000};
  static constexpr std::int64_t latency_max_ns = 120'000'000'000;

  static LogonRequest good(const char* sender = "ALPHA1") {
    LogonRequest request;
    request.sending_time = now;
    request.begin_string = "FIX.4.4";
    request.sender_comp_id = sender;
    request.target_comp_id = "CANTUS";
    request.number = MsgSeqNum(1);
    request.heart_bt_int_s = 30;
    request.encrypt_method_none = true;
    request.password = "secret";
    return request;
  }

  ReferenceData refdata_;
  std::set<SessionId> verifiers_;
  std::uint64_t seq_ = 0;
};

std::string with_separators(std::string text) {
  for (char& c : text) {
    c = c == '|' ? '\x01' : c;
  }
  return text;
}

TEST_F(LogonJudgeTest, RightLogonNeedsItsPassword) {
  open();
  const LogonJudgement judgement = judge(good());
  EXPECT_EQ(judgement.drop, LogonDrop::none);
  EXPECT_EQ(judgement.session, SessionId(1));
  EXPECT_TRUE(judgement.password_needed);
  EXPECT_EQ(judgement.logout_text, "");
}

TEST_F(LogonJudgeTest, DropsInSilenceWhoeverIsNotKnown) {
  EXPECT_EQ(judge(good()).drop, LogonDrop::venue_not_open);
  open();
  struct Row {
    const char* what;
    void (*change)(LogonRequest&);
    bool loopback;
    LogonDrop drop;
  };
  const std::vector<Row> rows = {
      {"their CompID", [](LogonRequest& r) { r.sender_comp_id = "NOBODY"; }, true, LogonDrop::unknown_comp_ids},
      {"our CompID", [](LogonRequest& r) { r.target_comp_id = "OTHER"; }, true, LogonDrop::unknown_comp_ids},
      {"version", [](LogonRequest& r) { r.begin_string = "FIX.4.2"; }, true, LogonDrop::wrong_begin_string},
      {"regulator", [](LogonRequest& r) { r.sender_comp_id = "REG"; }, true, LogonDrop::not_for_this_port},
      {"no password", [](LogonRequest& r) { r.password.clear(); }, true, LogonDrop::password_missing},
      {"long password", [](LogonRequest& r) { r.password.assign(129, 'x'); }, true, LogonDrop::password_missing},
      {"open from afar", [](LogonRequest& r) { r.sender_comp_id = "OPEN1"; }, false, LogonDrop::password_unset_remote},
  };
  for (const Row& row : rows) {
    LogonRequest request = good();
    row.change(request);
    EXPECT_EQ(judge(request, row.loopback).drop, row.drop) << row.what;
  }
  EXPECT_EQ(judge(good("OPEN1"), true).drop, LogonDrop::none);
}

TEST_F(LogonJudgeTest, TellsAKnownPeerWhatItMayNotAskFor) {
  open();
  struct Row {
    void (*change)(LogonRequest&);
    const char* text;
  };
  const std::vector<Row> rows = {
      {[](LogonRequest& r) { r.malformed = data_fields_text; }, "SecureData (91) and RawData (96) are not taken"},
      {[](LogonRequest& r) { r.encrypt_method_none = false; }, "EncryptMethod (98) must be 0"},
      {[](LogonRequest& r) { r.sending_time.reset(); }, "SendingTime (52) is too far from our clock"},
      {[](LogonRequest& r) { r.sending_time = TimeNs(now.get() - latency_max_ns - 1); },
       "SendingTime (52) is too far from our clock"},
      {[](LogonRequest& r) { r.sending_time = TimeNs(now.get() + latency_max_ns + 1); },
       "SendingTime (52) is too far from our clock"},
      {[](LogonRequest& r) { r.sending_time = TimeNs(now.get() - latency_max_ns); }, ""},
      {[](LogonRequest& r) { r.heart_bt_int_s = 4; }, "HeartBtInt (108) must be 5 to 60 seconds"},
      {[](LogonRequest& r) { r.heart_bt_int_s = 61; }, "HeartBtInt (108) must be 5 to 60 seconds"},
      {[](LogonRequest& r) { r.heart_bt_int_s = -1; }, "HeartBtInt (108) must be 5 to 60 seconds"},
      {[](LogonRequest& r) {
         r.reset_seq_num = true;
         r.number = MsgSeqNum(2);
       },
       "A Logon with ResetSeqNumFlag (141) must have MsgSeqNum (34) 1"},
  };
  for (const Row& row : rows) {
    LogonRequest request = good();
    row.change(request);
    EXPECT_EQ(judge(request).logout_text, row.text);
  }
  LogonRequest reset = good("OPEN1");
  reset.reset_seq_num = true;
  EXPECT_EQ(judge(reset).logout_text, "ResetSeqNumFlag (141) is not allowed on this session");
  reset.sender_comp_id = "ALPHA1";
  EXPECT_EQ(judge(reset).logout_text, "");
}

TEST(ParseLogon, ReadsWhatALogonSays) {
  const std::string bytes = with_separators(
      "8=FIX.4.4|9=100|35=A|34=7|49=ALPHA1|52=20261121-21:00:00|56=CANTUS|43=Y|98=0|108=30|141=Y|553=user|554=secret|"
      "789=12|10=000|");
  FieldList fields;
  fields.split(bytes);
  const auto request = parse_logon(fields);
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(request->begin_string, "FIX.4.4");
  EXPECT_EQ(request->sender_comp_id, "ALPHA1");
  EXPECT_EQ(request->target_comp_id, "CANTUS");
  EXPECT_EQ(request->number, MsgSeqNum(7));
  EXPECT_EQ(request->heart_bt_int_s, 30);
  EXPECT_TRUE(request->encrypt_method_none);
  EXPECT_TRUE(request->poss_dup);
  EXPECT_TRUE(request->reset_seq_num);
  EXPECT_EQ(request->next_expected, MsgSeqNum(12));
  EXPECT_EQ(request->username, "user");
  EXPECT_EQ(request->password, "secret");
}

TEST(ParseLogon, RefusesWhatIsNoLogon) {
  for (const char* text : {
           "",
           "8=FIX.4.4|9=5|35=0|34=1|49=A|56=B|10=000|",                        // another type
           "8=FIX.4.4|9=5|35=A|49=A|56=B|98=0|108=30|10=000|",                 // no number
           "8=FIX.4.4|9=5|35=A|34=0|49=A|56=B|98=0|108=30|10=000|",            // number 0
           "8=FIX.4.4|9=5|35=A|34=99999999999|49=A|56=B|98=0|108=30|10=000|",  // number beyond range
           "8=FIX.4.4|9=5|35=A|34=1|56=B|98=0|108=30|10=000|",                 // no sender
           "8=FIX.4.4|9=5|35=A|34=1|49=A|98=0|108=30|10=000|",                 // no target
       }) {
    const std::string bytes = with_separators(text);
    FieldList fields;
    fields.split(bytes);
    EXPECT_FALSE(parse_logon(fields).has_value()) << text;
  }
}

TEST(ParseLogon, IntervalsBeyondRangeAreNoInterval) {
  for (const char* interval : {"-1", "99999999999999999999", "3O", ""}) {
    const std::string bytes =
        with_separators(std::string("8=FIX.4.4|9=5|35=A|34=1|49=A|56=B|98=0|108=") + interval + "|10=000|");
    FieldList fields;
    fields.split(bytes);
    const auto request = parse_logon(fields);
    if (request.has_value()) {
      EXPECT_EQ(request->heart_bt_int_s, -1) << interval;
    }
  }
}

TEST(IsLoopback, KnowsBothFamilies) {
  EXPECT_TRUE(is_loopback("127.0.0.1"));
  EXPECT_TRUE(is_loopback("127.8.9.1"));
  EXPECT_TRUE(is_loopback("::1"));
  EXPECT_FALSE(is_loopback("10.127.0.1"));
  EXPECT_FALSE(is_loopback(""));
}

}  // namespace
}  // namespace cantus::fix
