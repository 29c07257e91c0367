// A FIX peer written by hand, on the network of whichever venue a test plays.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "fix/framing.h"
#include "runtime/clock.h"
#include "runtime/net.h"
#include "tests/fix/fix_text.h"

namespace cantus::test {

// The venue as its peers see it: a network, a clock, and somebody who moves both.
class FixWorld {
 public:
  virtual ~FixWorld() = default;
  [[nodiscard]] virtual runtime::Network& network() = 0;
  [[nodiscard]] virtual const runtime::Clock& clock() const = 0;
  // Bytes move and timers that are due run.
  virtual void settle() = 0;
  // The same, and every consequence on the log, until nothing happens any more.
  virtual void run() = 0;
  // The clock as SendingTime (52).
  [[nodiscard]] std::string time_text() const;
};

// The other end of a connection: sends what the test says, keeps what comes.
class FixPeer final : public runtime::StreamHandler {
 public:
  // Connects to 127.0.0.1 at `port`.
  FixPeer(FixWorld& world, std::uint16_t port, std::string comp_id);
  // To whatever has a gateway.
  template <class Station>
  FixPeer(FixWorld& world, const Station& station, std::string peer_comp_id)
      : FixPeer(world, station.gateway->port(), std::move(peer_comp_id)) {}
  ~FixPeer() override;

  // A message with this type and body (fields written with |), numbered on, SendingTime now.
  void send(const std::string& msg_type, const std::string& body);
  void queue(const std::string& msg_type, const std::string& body);  // the same, but the test moves the bytes
  // The same with this number and further header fields; `next` stays.
  void send_as(std::uint32_t number, const std::string& msg_type, const std::string& body,
               const std::string& header = "");
  void send_bytes(const std::string& bytes);
  void log_on(const std::string& extra = "");
  void close();
  void read(bool reads);  // a peer that does not read lets its messages gather

  // What came since the last call, without 8, 9 and 10: "35=8|34=2|…|", and 52, 60 and 122 cut out unless `times`.
  std::vector<std::string> take(bool times = false);
  // The types and numbers of what came since the last call: "A1 8:2 0:3".
  std::string take_brief();

  bool closed = false;
  std::uint32_t next = 1;
  std::string comp_id;
  std::vector<std::string> received;  // whole messages, since the last take

 private:
  void on_bytes(std::span<const std::byte> bytes) override;
  void on_sent() override {}
  void on_closed(const std::string&) override { closed = true; }

  FixWorld& world_;
  std::unique_ptr<runtime::Stream> stream_;
  fix::Framer framer_{fix::FramingLimits{}};
};

// Body of an order: "11=…|54=…|…".
[[nodiscard]] std::string order_text(const std::string& cl_ord_id, char side, int qty, const std::string& price);

}  // namespace cantus::test
