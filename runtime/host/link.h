// The seam between a hosted participant and its sequencer: a UNIX socket, a ring and a doorbell in the venue
// (socket_link.h), plain memory in tests and simulations. The log itself is read through eventlog::LogReader.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"
#include "eventlog/reader.h"
#include "messages/wish_queue.h"
#include "runtime/attach.h"
#include "runtime/doorbell.h"
#include "runtime/files.h"
#include "runtime/place.h"

namespace cantus::host {

// What a participant is told by its sequencer; on the loop's thread, never from within a call of the link. After each
// of them but an answer `attached` the link is not connected any more.
class LinkHandler {
 public:
  virtual ~LinkHandler() = default;
  virtual void on_answer(const runtime::AttachAnswer& answer) = 0;
  virtual void on_stream_refused(PublisherSeq number, runtime::RefusedFor cause, const std::string& why) = 0;
  virtual void on_stream_lost(const std::string& why) = 0;
  virtual void on_link_gone(const std::string& why) = 0;
};

class SequencerLink {
 public:
  virtual ~SequencerLink() = default;  // the end of the attachment
  // Asks for an attachment; the answer comes to the handler. Fails if there is no sequencer now. A connection that
  // still stands is ended first.
  virtual Status connect(const runtime::AttachRequest& request, LinkHandler& handler) = 0;
  // Ends the connection without a word: the sequencer treats it as the end of the process.
  virtual void disconnect() = 0;

  // Only after an answer `attached`, while connected. False if the ring has no room now.
  [[nodiscard]] bool push(VenueId venue, const WishView& proposal) {
    const bool staged = stage(venue, proposal);
    show_staged();
    return staged;
  }
  // Puts it behind what is staged already. The sequencer sees all of it at once, by one store, with show_staged; or
  // none of it, if it is dropped.
  [[nodiscard]] virtual bool stage(VenueId venue, const WishView& proposal) = 0;
  virtual void show_staged() = 0;
  virtual void drop_staged() = 0;
  // After a batch of pushes: wakes a sequencer that sleeps.
  virtual void wake_sequencer() = 0;
  // What back-pressure looks at; nothing happens while not connected.
  virtual void publish(Seq applied, std::uint64_t outstanding) = 0;
  // The sequencer's figure of back-pressure; runtime::client_input_closed while not connected.
  [[nodiscard]] virtual std::uint64_t client_backlog() const = 0;
  // The agreed mark (sequencer/agreement.h) as the sequencer published it; 0 while not connected.
  [[nodiscard]] virtual Seq agreed() const = 0;
  // The participant is about to sleep, or goes on (runtime/doorbell.h): true if it was rung, or if nobody could ring
  // it.
  virtual void arm(runtime::SleepDepth depth) = 0;
  virtual bool disarm() = 0;
};

// What a host stands on.
struct Surroundings {
  runtime::Files* files = nullptr;  // for evidence
  // Called until it succeeds; not_found while there is no log yet.
  std::function<Result<std::unique_ptr<eventlog::LogReader>>()> open_log;
  std::unique_ptr<SequencerLink> link;
  std::shared_ptr<runtime::PlacePage> page;
};

}  // namespace cantus::host
