// A small day of trading on a log: two fills, a cancel, a refusal, a disconnect, reports answered and not.
#pragma once

#include <gtest/gtest.h>

#include "eventlog/simulated.h"
#include "matching/matching_application.h"
#include "regreport/report_application.h"
#include "tests/matching/script.h"

namespace cantus::test {

struct SmallVenue {
  static ScriptSettings settings() {
    ScriptSettings settings;
    settings.instrument("XYZ", false, 500, cents(1000));
    settings.party("ALPHA", PartyKind::client, Qty(1000), money(50'000), money(100'000));
    settings.party("DESK", PartyKind::desk);
    settings.session(1, SessionRole::client);
    settings.session(2, SessionRole::desk);
    settings.session(2, SessionRole::drop_copy);
    settings.session(0, SessionRole::regulator);
    return settings;
  }

  SmallVenue() : script(settings()) {
    script.add(matching, matching_id);
    script.add(reporter, reporter_id);
    script.open();
    script.quote(1, cents(999), cents(1001));
    ask(script.order(2, "D1", Side::sell, 100, cents(1000)));
    ask(script.order(1, "A1", Side::buy, 40, cents(1000)));
    invent(1, 1, "A");  // its Logon, recorded late: what was numbered moves up
    ask(script.order(1, "A2", Side::buy, 10, cents(2000)));
    ask(script.order(1, "A3", Side::buy, 50, cents(995)));
    ask(script.replace(1, "A4", "A3", Side::buy, 70, cents(1000)));
    ReportAnswered answered;
    answered.client = script.client(SessionId(4));
    script.admit(reporter_id);
    reporter.for_each_open([&](const OpenReport& open) {
      answered.trade = answered.trade.is_zero() ? open.submit.trade : answered.trade;
    });
    answered.status = ReportStatus::accepted;
    script.put(answered, gateway_id);
    script.pass(5'000'000);
    script.reset(1);
    invent(1, 1, "A");
    ask(script.order(1, "A5", Side::buy, 5, cents(990)));
    ask(script.cancel(1, "A6", "A5"));
    script.admit(reporter_id);
    // The last outcome is still on its way.
    script.put(script.order(1, "A7", Side::buy, 30, cents(990)), gateway_id);
  }

  template <class M>
  void ask(const M& message) {
    script.put(message, gateway_id);
    script.admit();
  }
  void invent(std::uint32_t session, std::uint32_t number, std::string_view msg_type) {
    const ClientRef owner = script.owner(session);
    SessionAdminSent sent;
    sent.epoch = owner.epoch;
    sent.session = owner.session;
    sent.generation = owner.generation;
    sent.number = MsgSeqNum(number);
    sent.msg_type = FixedString<4>(msg_type);
    script.put(sent, gateway_id);
  }
  [[nodiscard]] Seq find(MessageType type, int nth) const {
    for (Seq seq(1); seq <= script.last(); seq = seq.next()) {
      if (script.at(seq).header->type == type && nth-- == 1) {
        return seq;
      }
    }
    return {};
  }

  // The log so far as a journal; `alter` may change a payload, whose record is then sealed again.
  using Alter = std::function<void(Event, std::vector<std::byte>& payload, RecordHeader& header)>;
  template <class Journal>
  void append_to(Journal& journal, const Alter& alter = {}) const {
    for (Seq seq(1); seq <= script.last(); seq = seq.next()) {
      const Event event = script.at(seq);
      RecordHeader header = *event.header;
      std::vector<std::byte> payload(event.payload, event.payload + event.payload_size());
      if (alter) {
        alter(event, payload, header);
      }
      std::vector<std::byte> record;
      build_record(record, header, payload);
      const Status status = journal.append(Term(1), Seq(seq.get() - 1), record);
      ASSERT_TRUE(status.ok()) << status.error().text;
    }
  }

  MatchingApplication matching;
  ReportApplication reporter;
  Script script;
};

}  // namespace cantus::test
