// A client that sends anything, to a whole venue in memory. The input is a script: each line is a message's fields
// written with |, where # stands for the next number; a line that begins with ! is sent as it is. Whatever it says, the
// venue goes on, what the client got is numbered without a hole, and afterwards a well-behaved client at the other
// gateway can have every number of the session again, in order. If it is still there at the end, it leaves one number
// out and then sends that as something that is refused: what came ahead of it must be taken.
#include <algorithm>
#include <array>
#include <string>

#include "base/assert.h"
#include "tests/fuzz/fuzz.h"
#include "tests/gateway/test_venue.h"

namespace cantus::fuzz {

namespace {

constexpr std::size_t lines_max = 40;

std::uint32_t number_of(const fix::FieldList& fields, std::uint32_t tag) {
  return static_cast<std::uint32_t>(fix::parse_digits(fields.find(tag).value_or(""), 0x7fffffff).value_or(0));
}

// Messages that are no resends are numbered one by one.
void check_numbers(const std::vector<std::string>& received, std::uint32_t first) {
  std::uint32_t next = first;
  for (const std::string& message : received) {
    fix::FieldList fields;
    fields.split(message);
    if (fields.find(43) == "Y") {
      continue;
    }
    CANTUS_ASSERT(number_of(fields, 34) == next, "what a client gets is numbered without a hole");
    ++next;
  }
}

// Resends cover the numbers from 1 to `last`, each once, in order.
void check_resend(const std::vector<std::string>& received, std::uint32_t last) {
  std::uint32_t next = 1;
  for (const std::string& message : received) {
    fix::FieldList fields;
    fields.split(message);
    if (fields.find(43) != "Y") {
      continue;
    }
    CANTUS_ASSERT(number_of(fields, 34) == next, "a resend leaves no number out");
    next = fields.find(35) == "4" ? number_of(fields, 36) : next + 1;
  }
  CANTUS_ASSERT(next == last + 1, "a resend goes to its end");
}

void send_line(test::TestVenue& venue, test::FixPeer& peer, const std::string& line) {
  if (!line.empty() && line[0] == '!') {
    peer.send_bytes(test::soh_text(line.substr(1)));
    return;
  }
  std::string fields = line;
  const std::size_t mark = fields.find('#');
  if (mark != std::string::npos) {
    fields.replace(mark, 1, std::to_string(peer.next++));
  }
  const std::size_t names = std::min(fields.find('|'), fields.size());
  fields.insert(names, "|49=ALPHA1|52=" + venue.time_text() + "|56=CANTUS");
  peer.send_bytes(test::fix_message(fields));
}

// However the session stands, it can be brought to a number that is expected; unless it is ended, or was that far
// already.
constexpr std::uint32_t far = 800'000;

bool has(const std::vector<std::string>& messages, const std::string& field) {
  return std::ranges::any_of(messages, [&](const std::string& message) {
    return message.find(test::soh_text("|" + field + "|")) != std::string::npos;
  });
}

bool stands_at(test::TestVenue& venue, test::FixPeer& peer, std::uint32_t number) {
  peer.received.clear();
  send_line(venue, peer, "35=4|34=" + std::to_string(number) + "|36=" + std::to_string(number) + "|");
  send_line(venue, peer, "35=1|34=" + std::to_string(number) + "|112=stands|");
  venue.run();
  return has(peer.received, "112=stands") && !has(peer.received, "35=5");
}

void check_gap(test::TestVenue& venue, test::FixPeer& peer, std::uint32_t refused_how) {
  if (peer.closed || has(peer.received, "35=5") || !stands_at(venue, peer, far)) {
    return;
  }
  static constexpr std::array<const char*, 6> refused = {
      "35=D|34=800001|43=Y|11=c|", "35=D|34=800001|11=c|007=z|", "35=D|34=800001|11=c|54=x|",
      "35=ABCDEF|34=800001|",      "35=2|34=800001|7=1|",        "35=E|34=800001|66=x|",
  };
  send_line(venue, peer, "35=D|34=800002|11=oracle|38=10|40=2|44=99|54=1|55=AAPL|60=20231114-22:13:20.000|");
  send_line(venue, peer, refused[refused_how % refused.size()]);
  venue.run();
  CANTUS_ASSERT(peer.closed || venue.sessions().inbound(test::alpha).next_inbound == MsgSeqNum(far + 3),
                "what came ahead of a gap is taken when the gap is closed");
}

}  // namespace

void play(std::span<const std::byte> input) {
  const std::string script(reinterpret_cast<const char*>(input.data()), input.size());
  test::TestVenue venue;
  test::TestVenue::Station& first = venue.add_gateway("gateway-1");
  test::TestVenue::Station& second = venue.add_gateway("gateway-2");
  {
    test::FixPeer peer(venue, first, "ALPHA1");
    peer.log_on();
    std::size_t begin = 0;
    for (std::size_t lines = 0; lines < lines_max && begin < script.size() && !peer.closed; ++lines) {
      const std::size_t end = std::min(script.find('\n', begin), script.size());
      send_line(venue, peer, script.substr(begin, end - begin));
      if (lines % 3 != 2) {
        venue.run();
      }
      begin = end + 1;
    }
    venue.run();
    check_numbers(peer.received, 1);
    check_gap(venue, peer, static_cast<std::uint32_t>(input.size()));
  }
  venue.advance(std::chrono::milliseconds(200));
  test::FixPeer next(venue, second, "ALPHA1");
  next.next = 1'000'000;
  next.log_on();
  CANTUS_ASSERT(!next.received.empty(), "the session can be taken over");
  fix::FieldList logon;
  logon.split(next.received.front());
  CANTUS_ASSERT(logon.find(35) == "A", "and the Logon is answered");
  const std::uint32_t logon_number = number_of(logon, 34);
  next.received.clear();
  next.send("2", "7=1|16=" + std::to_string(logon_number) + "|");
  venue.run();
  check_resend(next.received, logon_number);
}

std::vector<std::vector<std::byte>> seeds() {
  const std::string order = "|11=c|38=10|40=2|44=99|54=1|55=AAPL|59=0|60=20231114-22:13:20.000|\n";
  std::vector<std::vector<std::byte>> inputs;
  for (const std::string& text :
       {"35=D|34=#" + order + "35=1|34=#|112=a|\n35=F|34=#|11=x|41=c|54=1|55=AAPL|60=20231114-22:13:20|\n35=5|34=#|\n",
        "35=D|34=5" + order + "35=4|34=2|43=Y|122=20231114-22:00:00|36=5|123=Y|\n35=0|34=6|\n",
        "35=2|34=#|7=1|16=0|\n35=2|34=#|7=1|16=1|\n35=D|34=#" + order + "35=2|34=#|7=1|16=0|\n",
        std::string(
            "35=E|34=#|66=x|\n35=ZZ|34=#|\n35=3|34=#|45=1|\n35=j|34=#|45=1|372=8|380=0|\n35=A|34=#|98=0|108=30|\n"),
        std::string(
            "35=G|34=#|11=r|41=c|38=5|40=2|44=98|54=1|55=AAPL|60=20231114-22:13:20|\n35=H|34=#|11=c|54=1|55=AAPL|\n"),
        std::string("!8=FIX.4.4|9=5|35=0|10=161|\n35=0|34=#|\n35=4|34=#|36=50|\n35=0|34=50|112=3|\n"),
        "35=D|34=#" + order + "35=D|34=2|43=Y|97=Y|122=20231114-22:00:00" + order + "35=8|34=#|37=x|\n"}) {
    const auto bytes = std::as_bytes(std::span(text));
    inputs.emplace_back(bytes.begin(), bytes.end());
  }
  return inputs;
}

}  // namespace cantus::fuzz
