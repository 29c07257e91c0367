// The participants of a campaign: two clients and a desk that trade all the time, a drop copy, a regulator, a feed.
// Each FIX session of theirs goes through a line of the switchboard; all are stock engines, whose own files are the
// witnesses.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "campaign/reconcile.h"
#include "campaign/switchboard.h"
#include "campaign/venue.h"
#include "examples/participant/client.h"
#include "examples/participant/desk.h"
#include "examples/participant/feed.h"
#include "examples/participant/regulator.h"

namespace cantus::campaign {

class Load {
 public:
  static constexpr std::size_t lines = 4;
  static constexpr std::size_t drop_copy_line = 3;
  static constexpr std::array<const char*, lines> comp_ids = {"ALPHA1", "BETA1", "DESK1", "DESKDC"};

  // Results lie under `folder`. The engines begin with start_…
  Load(const std::filesystem::path& folder, const Ports& ports, std::uint64_t seed);
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  void start_servers();  // before the venue
  void start_traders();
  void pause();  // no more orders, prices and TestRequests; all stay logged on
  void stop();   // logs everybody out

  [[nodiscard]] Switchboard& board() { return board_; }
  [[nodiscard]] participant::StockSession& session(std::size_t line);
  [[nodiscard]] std::vector<participant::StockSession*> sessions();  // the regulator's too
  // An engine asks for a sign of life: the answer is a message that the venue's session layer invents.
  void probe(std::size_t line);
  [[nodiscard]] bool all_logged_on();
  [[nodiscard]] bool all_answered() const;
  // Whether any engine objected to anything so far.
  [[nodiscard]] bool any_complaint();
  [[nodiscard]] Witnesses witnesses();

 private:
  [[nodiscard]] participant::SessionOptions options(const std::string& comp_id, std::uint16_t port) const;

  std::filesystem::path folder_;
  Ports ports_;
  Switchboard board_{lines};
  participant::Market market_;
  participant::Feed feed_;
  participant::Regulator regulator_;
  participant::DropCopy drop_copy_;
  participant::Desk desk_;
  participant::Client alpha_;
  participant::Client beta_;
  std::size_t next_probe_ = 0;
  participant::Pacer prober_;
};

}  // namespace cantus::campaign
