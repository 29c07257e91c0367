// Attachment: how a process becomes a voice on the log. A participant connects to the sequencer's UNIX socket
// (SOCK_SEQPACKET, one message a packet), says who it is, and is handed a ring and a doorbell. The connection then
// stays: its end tells the sequencer that the process is gone, and tells the participant that the sequencer is.
// Besides, only refusals of the stream travel over it; everything else is said on the log.
//
//   participant → sequencer   AttachRequest + its doorbell    once, first
//                             Detach                          an orderly end: nothing more will be proposed
//   sequencer → participant   AttachAnswer + ring + doorbell  once (without descriptors if refused)
//                             StreamRefused                   the stream ended at this proposal; attach again to go on
//                             StreamLost                      the incarnation is over; attach as a new one
//
// After StreamRefused or StreamLost the server closes the connection; the participant connects again, with the
// incarnation it has (a refusal, a new term) or with 0 (lost). What lies complete in a ring whose connection ended by
// itself is still admitted. Both sides belong to one user: SO_PEERCRED is checked.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>

#include "base/fixed_string.h"
#include "base/result.h"
#include "base/types.h"
#include "messages/enums.h"
#include "messages/topics.h"
#include "runtime/loop.h"
#include "runtime/unique_fd.h"

namespace cantus::runtime {

inline constexpr std::uint16_t attach_version = 2;

enum class AttachKind : std::uint16_t { request = 1, answer = 2, refused = 3, lost = 4, detach = 5 };

// First in each message; one of another version is answered with a refusal that names both.
struct AttachHeader {
  AttachKind kind{};
  std::uint16_t version = attach_version;
  std::uint32_t reserved = 0;  // zero
};

enum class AttachAs : std::uint32_t {
  publisher = 1,  // proposes: gets a ring and an incarnation
  reader = 2,     // only reads: gets a page with a sleep word, so that it is woken; nothing is said on the log
};

struct AttachRequest {
  AttachHeader header{AttachKind::request};
  VenueId venue;             // as read from the log
  Incarnation incarnation;   // 0: a new process, or one that was told it is lost
  std::uint64_t topics = 0;  // TopicSet: what wakes it
  AttachAs as{};
  std::uint32_t process = 0;  // process id; the kernel's word (SO_PEERCRED) is believed instead where it has one
  PlaceId place;
  std::uint16_t reserved = 0;        // zero
  FixedString<32> publisher;         // name as defined on the log; of a reader its own, for people
  FixedString<40> build;             // for people
  std::array<char, 4> reserved_2{};  // zero
};
static_assert(sizeof(AttachRequest) == 120 && std::has_unique_object_representations_v<AttachRequest>);

enum class AttachStatus : std::uint32_t {
  attached = 1,
  wrong_venue = 2,        // the participant reads another venue's log
  unknown_publisher = 3,  // no such publisher, or no such place of it
  place_taken = 4,        // another living process holds the place
  incarnation_over = 5,   // the incarnation it came with is lost: come again with 0
  suspended = 6,          // the publisher is suspended
  malformed = 7,          // the request is not one
  closing = 8,            // the sequencer is ending or does not admit (stop mark)
};

struct AttachAnswer {
  AttachHeader header{AttachKind::answer};
  AttachStatus status{};
  Term term;
  Incarnation incarnation;
  PublisherSeq next_publisher_seq;
  Seq read_through;  // must have been applied before the first proposal
  VenueId venue;
  PublisherId publisher;
  std::array<char, 2> reserved{};  // zero
  LogNumber log;
  FixedString<128> text;  // why not; for people
};
static_assert(sizeof(AttachAnswer) == 184 && std::has_unique_object_representations_v<AttachAnswer>);

// Why a stream ended at a proposal.
enum class RefusedFor : std::uint32_t {
  malformed = 1,   // it was damaged, or it is not what its envelope says: something else may stand under its number
  permission = 2,  // the publisher may not propose it, or nothing any more
};

struct StreamRefused {
  AttachHeader header{AttachKind::refused};
  PublisherSeq number;  // the first proposal that was not admitted; it and all behind it are dropped
  RefusedFor cause{};
  std::uint32_t reserved = 0;  // zero
  FixedString<128> text;
};
static_assert(sizeof(StreamRefused) == 152 && std::has_unique_object_representations_v<StreamRefused>);

struct StreamLost {
  AttachHeader header{AttachKind::lost};
  Incarnation incarnation;
  FixedString<128> text;
};
static_assert(sizeof(StreamLost) == 144 && std::has_unique_object_representations_v<StreamLost>);

struct Detach {
  AttachHeader header{AttachKind::detach};
};

// ---- the sequencer's side ---------------------------------------------------------------------------------------

using AttachmentId = std::uint64_t;  // a connection, counted by the server: 1, 2, 3 …

// What the sequencer is told; on the loop's thread, never from within a call of AttachServer.
class AttachHandler {
 public:
  virtual ~AttachHandler() = default;
  // A well-formed request of this build's version by a process of our user. `process` is the kernel's word. The
  // handler answers now or later with accept() or refuse(). `doorbell` is the participant's.
  virtual void on_request(AttachmentId id, const AttachRequest& request, UniqueFd doorbell) = 0;
  // An orderly end was announced: no proposal follows. on_gone() comes as well.
  virtual void on_detach(AttachmentId id) = 0;
  // The connection ended by itself (the process is gone, or it broke the protocol) after its request was handed over.
  // What lies complete in its ring is still to be admitted.
  virtual void on_gone(AttachmentId id) = 0;
  // A connection that came to nothing, and why; for people. `process` is the kernel's word, 0 if it has none.
  virtual void on_turned_away(std::uint32_t process, const std::string& why) = 0;
};

// Connections that say nothing, or one process that opens more and more of them, must not keep out the others: of those
// that have not asked yet the oldest makes room for the next.
inline constexpr std::size_t connections_max = 512;
inline constexpr std::size_t connections_of_process_max = 288;
inline constexpr std::size_t connections_unasked_max = 32;

class AttachServer {
 public:
  virtual ~AttachServer() = default;  // closes every connection and removes the socket
  // Answers a request; `ring_fd` and `doorbell_fd` are duplicated by the kernel and stay the caller's.
  virtual void accept(AttachmentId id, const AttachAnswer& answer, int ring_fd, int doorbell_fd) = 0;
  // Answers a request with a refusal and closes; on_gone() does not follow.
  virtual void refuse(AttachmentId id, AttachStatus status, const std::string& text) = 0;
  // End a stream and its connection; on_gone() does not follow. Ids that are gone already are ignored.
  virtual void end_refused(AttachmentId id, PublisherSeq number, RefusedFor cause, const std::string& text) = 0;
  virtual void end_lost(AttachmentId id, Incarnation incarnation, const std::string& text) = 0;
  virtual void close(AttachmentId id) = 0;
};

// Listens at `path` (mode 0600); a socket left behind by a dead process is replaced, so the caller must hold the
// journal's lock. The path is at most 107 bytes long. Handler and loop must outlive the server.
[[nodiscard]] Result<std::unique_ptr<AttachServer>> make_attach_server(Loop& loop, const std::filesystem::path& path,
                                                                       AttachHandler& handler);

// ---- the participant's side -------------------------------------------------------------------------------------

class AttachClientHandler {
 public:
  virtual ~AttachClientHandler() = default;
  // `ring` and `doorbell` are valid if the status is `attached`; else the connection is over.
  virtual void on_answer(const AttachAnswer& answer, UniqueFd ring, UniqueFd doorbell) = 0;
  virtual void on_refused(const StreamRefused& refused) = 0;  // the connection is over
  virtual void on_lost(const StreamLost& lost) = 0;           // the connection is over
  virtual void on_gone(const std::string& why) = 0;           // the sequencer is gone; the connection is over
};

// One connection. Destroying it ends the attachment; no handler call follows.
class AttachClient {
 public:
  virtual ~AttachClient() = default;
  virtual void detach() = 0;  // announces an orderly end
};

// Connects and sends the request. Fails if no sequencer listens there (not_found) or the peer is of another user
// (refused). The handler is called on the loop's thread, never from within this call.
[[nodiscard]] Result<std::unique_ptr<AttachClient>> attach_to(Loop& loop, const std::filesystem::path& path,
                                                              const AttachRequest& request, int doorbell_fd,
                                                              AttachClientHandler& handler);

}  // namespace cantus::runtime
