// What is typed at `cantus client`, and the settings that `cantus client config` prints.
#include <gtest/gtest.h>

#include "cli/client_settings.h"
#include "cli/client_words.h"
#include "examples/participant/market.h"

namespace cantus::cli {
namespace {

TEST(ClientWords, OrdersAreUnderstood) {
  const Result<ClientWord> word = parse_client_line("  buy AAPL 100 @190.25 ioc ");
  ASSERT_TRUE(word.ok());
  const auto& order = std::get<EnterOrder>(*word).order;
  EXPECT_EQ(order.symbol, "AAPL");
  EXPECT_EQ(order.side, '1');
  EXPECT_EQ(order.ord_type, '2');
  EXPECT_EQ(order.time_in_force, '3');
  EXPECT_EQ(order.qty, 100);
  EXPECT_EQ(order.price, 190 * participant::one + participant::one / 4);
  const Result<ClientWord> market = parse_client_line("sell MSFT 5 market");
  ASSERT_TRUE(market.ok());
  EXPECT_EQ(std::get<EnterOrder>(*market).order.ord_type, '1');
  EXPECT_EQ(std::get<EnterOrder>(*market).order.side, '2');
}

TEST(ClientWords, ChangesAndQuestionsAreUnderstood) {
  EXPECT_EQ(std::get<CancelOrder>(*parse_client_line("cancel last")).cl_ord_id, "last");
  const Result<ClientWord> replace = parse_client_line("replace h1 150 @10");
  ASSERT_TRUE(replace.ok());
  EXPECT_EQ(std::get<ReplaceOrder>(*replace).qty, 150);
  EXPECT_EQ(std::get<AskStatus>(*parse_client_line("status h1")).cl_ord_id, "h1");
  const auto described = std::get<CancelOrder>(*parse_client_line("cancel x7 AAPL sell"));
  EXPECT_EQ(described.cl_ord_id + " " + described.symbol + " " + described.side, "x7 AAPL 2");
  EXPECT_EQ(std::get<AskStatus>(*parse_client_line("status x7 AAPL buy")).side, '1');
  EXPECT_EQ(std::get<EnterOrder>(*parse_client_line("BUY AAPL 5 @ 189.00")).order.price, 189 * participant::one);
  EXPECT_TRUE(std::holds_alternative<ListOrders>(*parse_client_line("orders")));
  EXPECT_TRUE(std::holds_alternative<Quit>(*parse_client_line("quit")));
}

TEST(ClientWords, WhatIsNotUnderstoodIsNamed) {
  const std::pair<const char*, const char*> rows[] = {
      {"", ""},
      {"frob", "'frob' is not understood; `help` lists what is"},
      {"buy AAPL", "buy SYMBOL QTY @PRICE|market [day|ioc|fok]"},
      {"buy AAPL -1 @1", "'-1' is no quantity"},
      {"buy AAPL 1x @1", "'1x' is no quantity"},
      {"buy AAPL 1 190", "'190' is neither @PRICE nor market"},
      {"buy AAPL 1 @1 gtc", "'gtc' is none of day, ioc, fok"},
      {"replace a 1 1", "'1' is no @PRICE"},
      {"replace a 0 @1", "'0' is no quantity"},
      {"cancel", "cancel ID, or cancel ID SYMBOL buy|sell"},
      {"status h1 AAPL", "status ID, or status ID SYMBOL buy|sell"},
  };
  for (const auto& [line, text] : rows) {
    const Result<ClientWord> word = parse_client_line(line);
    ASSERT_FALSE(word.ok()) << line;
    EXPECT_EQ(word.error().text, text) << line;
  }
}

ClientTarget target() {
  ClientTarget target;
  target.our_comp_id = "ALPHA1";
  target.venue_comp_id = "CANTUS";
  target.password = "secret";
  target.gateways = {{"127.0.0.1", 9880}, {"127.0.0.1", 9881}};
  return target;
}

TEST(ClientSettings, LogonHasTheLengthAndSumThatItNeeds) {
  // The sum by hand: all bytes up to and with the last separator before 10=, modulo 256.
  const std::string message = logon_message(target(), "20261121-21:22:57.000");
  EXPECT_EQ(visible(message),
            "8=FIX.4.4|9=95|35=A|49=ALPHA1|56=CANTUS|34=1|52=20261121-21:22:57.000|98=0|108=30|141=Y|553=ALPHA1|"
            "554=secret|10=092|");
  const std::size_t body = message.find("35=");
  EXPECT_EQ(message.find("10=", body) - body, 95u);
}

TEST(ClientSettings, EveryEngineIsToldBothGateways) {
  for (const std::string& text :
       {quickfix_settings(target()), quickfixj_settings(target()), quickfixgo_settings(target())}) {
    for (const char* line :
         {"BeginString=FIX.4.4\n", "SenderCompID=ALPHA1\n", "TargetCompID=CANTUS\n", "SocketConnectHost=127.0.0.1\n",
          "SocketConnectPort=9880\n", "SocketConnectHost1=127.0.0.1\n", "SocketConnectPort1=9881\n"}) {
      EXPECT_NE(text.find(line), std::string::npos) << line << text;
    }
  }
}

// An engine that begins its store anew when the venue does not is refused at every Logon.
TEST(ClientSettings, NumbersBeginAnewWhenTheVenuesDo) {
  ClientTarget kept = target();
  kept.next_inbound = 19;
  kept.reset_allowed = true;
  kept.dictionary = "/venue/clients/FIX44.xml";
  ClientTarget daily = target();
  daily.reset_time_s = 5 * 3600 + 30 * 60;
  for (const auto settings : {quickfix_settings, quickfixj_settings, quickfixgo_settings}) {
    const std::string text = settings(kept);
    EXPECT_NE(text.find("the venue expects MsgSeqNum 19"), std::string::npos) << text;
    EXPECT_NE(text.find("ResetOnLogon=Y for the first Logon"), std::string::npos) << text;
    EXPECT_EQ(text.find("\nResetOnLogon"), std::string::npos) << "never as a setting: " << text;
    EXPECT_NE(text.find("\nDataDictionary=/venue/clients/FIX44.xml\n"), std::string::npos) << text;
    const std::string other = settings(daily);
    EXPECT_NE(other.find("\nStartTime=05:30:00\nEndTime=05:30:00\n"), std::string::npos) << other;
    EXPECT_EQ(other.find("NonStop"), std::string::npos) << other;
    EXPECT_EQ(other.find("ResetOnLogon"), std::string::npos) << "141=Y is refused: " << other;
  }
  EXPECT_NE(quickfixj_settings(kept).find("\nNonStopSession=Y\n"), std::string::npos);
  EXPECT_EQ(quickfixgo_settings(kept).find("StartTime"), std::string::npos) << "has no end without";
}

TEST(ClientSettings, ShellLineSendsTheBytesAsTheyAre) {
  EXPECT_EQ(
      shell_line(target(), "8=a\x01"),
      "(exec 3<>/dev/tcp/127.0.0.1/9880; printf '%s' '8=a|' | tr '|' '\\001' >&3; timeout 5 cat <&3 | tr '\\001' '|')");
}

}  // namespace
}  // namespace cantus::cli
