#include "runtime/attach.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <span>
#include <utility>

#include "base/assert.h"
#include "messages/record.h"
#include "runtime/doorbell.h"
#include "runtime/packet_socket.h"

namespace cantus::runtime {
namespace {

// Taken at once: whoever connects without end does not keep the loop from its work.
constexpr int accepts_at_once = 16;

template <class Message>
bool send_message(int socket, const Message& message, std::span<const int> fds = {}) {
  static_assert(sizeof(Message) <= packet_bytes_max);
  return send_packet(socket, payload_of(message), fds);
}

class Server final : public AttachServer {
 public:
  Server(Loop& loop, std::filesystem::path path, UniqueFd socket, AttachHandler& handler)
      : loop_(loop), path_(std::move(path)), socket_(std::move(socket)), handler_(handler) {
    watch_ = loop_.watch_readable(socket_.get(), [this] { accept_all(); });
  }
  ~Server() override { ::unlink(path_.c_str()); }

  void accept(AttachmentId id, const AttachAnswer& answer, int ring_fd, int doorbell_fd) override {
    const auto found = connections_.find(id);
    if (found != connections_.end()) {
      const std::array<int, 2> fds{ring_fd, doorbell_fd};
      // If the peer takes nothing it is gone, which the watch will tell.
      [[maybe_unused]] const bool sent = send_message(found->second.socket.get(), answer, fds);
    }
  }
  void refuse(AttachmentId id, AttachStatus status, const std::string& text) override {
    AttachAnswer answer;
    answer.status = status;
    answer.text = FixedString<128>::cut(text);
    last_word(id, answer);
  }
  void end_refused(AttachmentId id, PublisherSeq number, RefusedFor cause, const std::string& text) override {
    StreamRefused refused;
    refused.number = number;
    refused.cause = cause;
    refused.text = FixedString<128>::cut(text);
    last_word(id, refused);
  }
  void end_lost(AttachmentId id, Incarnation incarnation, const std::string& text) override {
    StreamLost lost;
    lost.incarnation = incarnation;
    lost.text = FixedString<128>::cut(text);
    last_word(id, lost);
  }
  void close(AttachmentId id) override { connections_.erase(id); }

 private:
  struct Connection {
    UniqueFd socket;
    std::unique_ptr<Watch> watch;  // goes before its descriptor
    std::uint32_t process = 0;     // 0: the kernel does not say
    bool requested = false;
    bool detached = false;
  };

  template <class Message>
  void last_word(AttachmentId id, const Message& message) {
    const auto found = connections_.find(id);
    if (found != connections_.end()) {
      [[maybe_unused]] const bool sent = send_message(found->second.socket.get(), message);
      connections_.erase(found);
    }
  }

  void accept_all() {
    for (int i = 0; i < accepts_at_once; ++i) {
      UniqueFd socket(::accept4(socket_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (!socket) {
        return;
      }
      accept_one(std::move(socket));
    }
    // The watch told of all that waits.
    loop_.post([this, alive = std::weak_ptr<bool>(alive_)] {
      if (!alive.expired()) {
        accept_all();
      }
    });
  }

  void accept_one(UniqueFd socket) {
    const Peer peer = peer_of(socket.get());
    const auto process = static_cast<std::uint32_t>(peer.process);
    if (!peer.same_user) {
      handler_.on_turned_away(process, "it is of another user");
      return;
    }
    make_room_for_unasked();
    const auto of_process = std::ranges::count_if(
        connections_, [process](const auto& entry) { return entry.second.process == process && process != 0; });
    if (connections_.size() >= connections_max || static_cast<std::size_t>(of_process) >= connections_of_process_max) {
      handler_.on_turned_away(process, connections_.size() >= connections_max ? "there are too many attachments"
                                                                              : "it has too many attachments");
      return;
    }
    const AttachmentId id = ++last_id_;
    Connection& connection = connections_[id];
    connection.process = process;
    connection.watch = loop_.watch_readable(socket.get(), [this, id] { receive_all(id); });
    connection.socket = std::move(socket);
  }

  void make_room_for_unasked() {
    const auto unasked = [](const auto& entry) { return !entry.second.requested; };
    if (static_cast<std::size_t>(std::ranges::count_if(connections_, unasked)) >= connections_unasked_max) {
      const auto oldest = std::ranges::find_if(connections_, unasked);
      handler_.on_turned_away(oldest->second.process, "it connected and asked for nothing");
      connections_.erase(oldest);
    }
  }

  void receive_all(AttachmentId id) {
    // Each packet may end the connection, so it is looked up anew.
    for (auto found = connections_.find(id); found != connections_.end(); found = connections_.find(id)) {
      Packet packet;
      switch (receive_packet(found->second.socket.get(), packet)) {
        case Received::nothing_yet:
          return;
        case Received::packet:
          on_packet(id, found->second, packet);
          break;
        case Received::broken:
          if (!found->second.requested) {
            turn_away(id, found->second, "this is no request of an attachment");
            break;
          }
          [[fallthrough]];
        case Received::ended:
          end(id);
          break;
      }
    }
  }

  void on_packet(AttachmentId id, Connection& connection, Packet& packet) {
    AttachRequest request;
    Detach detach;
    if (!connection.requested && packet.read_as(request)) {
      on_request(id, connection, request, packet);
    } else if (connection.requested && !connection.detached && packet.read_as(detach) &&
               detach.header.kind == AttachKind::detach) {
      connection.detached = true;
      handler_.on_detach(id);
    } else if (!connection.requested) {
      turn_away(id, connection, "this is no request of an attachment");
    } else {
      end(id);
    }
  }

  void on_request(AttachmentId id, Connection& connection, AttachRequest& request, Packet& packet) {
    if (request.header.version != attach_version) {
      turn_away(id, connection,
                "attachment of version " + std::to_string(request.header.version) + ", the sequencer speaks " +
                    std::to_string(attach_version));
      return;
    }
    const bool known_as = request.as == AttachAs::publisher || request.as == AttachAs::reader;
    if (request.header.kind != AttachKind::request || !known_as || packet.fd_count != 1 ||
        !request.publisher.well_formed() || request.publisher.empty() || !request.build.well_formed()) {
      turn_away(id, connection, "this is no request of an attachment");
      return;
    }
    if (!accept_doorbell(packet.fds[0].get())) {
      turn_away(id, connection, "what it handed over is no doorbell");
      return;
    }
    connection.requested = true;
    if (connection.process != 0) {
      request.process = connection.process;
    }
    handler_.on_request(id, request, std::move(packet.fds[0]));
  }

  void turn_away(AttachmentId id, const Connection& connection, const std::string& why) {
    handler_.on_turned_away(connection.process, why);
    refuse(id, AttachStatus::malformed, why);
  }

  void end(AttachmentId id) {
    const auto found = connections_.find(id);
    const bool requested = found->second.requested;
    connections_.erase(found);
    if (requested) {
      handler_.on_gone(id);
    }
  }

  Loop& loop_;
  std::filesystem::path path_;
  UniqueFd socket_;
  AttachHandler& handler_;
  std::unique_ptr<Watch> watch_;
  std::map<AttachmentId, Connection> connections_;
  AttachmentId last_id_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

class Client final : public AttachClient {
 public:
  Client(Loop& loop, UniqueFd socket, AttachClientHandler& handler) : socket_(std::move(socket)), handler_(handler) {
    watch_ = loop.watch_readable(socket_.get(), [this, alive = std::weak_ptr<bool>(alive_)] { receive_all(alive); });
  }

  void detach() override { [[maybe_unused]] const bool sent = send_message(socket_.get(), Detach{}); }

 private:
  // The handler may destroy this object in any call.
  void receive_all(const std::weak_ptr<bool> alive) {
    while (!alive.expired() && !over_) {
      Packet packet;
      switch (receive_packet(socket_.get(), packet)) {
        case Received::nothing_yet:
          return;
        case Received::packet:
          on_packet(packet);
          break;
        case Received::ended:
          gone("the sequencer has closed the connection");
          break;
        case Received::broken:
          gone("the sequencer sent what is no packet of an attachment");
          break;
      }
    }
    if (!alive.expired()) {
      watch_.reset();  // a closed connection would be readable for ever
    }
  }

  void on_packet(Packet& packet) {
    AttachHeader header;
    std::memcpy(&header, packet.bytes.data(), std::min(packet.size, sizeof(header)));
    AttachAnswer answer;
    StreamRefused refused;
    StreamLost lost;
    if (header.version != attach_version) {
      gone("the sequencer speaks attachment version " + std::to_string(header.version) + ", this build " +
           std::to_string(attach_version));
    } else if (header.kind == AttachKind::answer && packet.read_as(answer)) {
      on_answer(answer, packet);
    } else if (header.kind == AttachKind::refused && packet.read_as(refused)) {
      over_ = true;
      handler_.on_refused(refused);
    } else if (header.kind == AttachKind::lost && packet.read_as(lost)) {
      over_ = true;
      handler_.on_lost(lost);
    } else {
      gone("the sequencer sent what is no packet of an attachment");
    }
  }

  void on_answer(const AttachAnswer& answer, Packet& packet) {
    if (answer.status == AttachStatus::attached && packet.fd_count != 2) {
      gone("the sequencer attached without a ring");
      return;
    }
    over_ = answer.status != AttachStatus::attached;
    handler_.on_answer(answer, std::move(packet.fds[0]), std::move(packet.fds[1]));
  }

  void gone(const std::string& why) {
    over_ = true;
    handler_.on_gone(why);
  }

  UniqueFd socket_;
  AttachClientHandler& handler_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::unique_ptr<Watch> watch_;
  bool over_ = false;
};

}  // namespace

Result<std::unique_ptr<AttachServer>> make_attach_server(Loop& loop, const std::filesystem::path& path,
                                                         AttachHandler& handler) {
  Result<UniqueFd> socket = listen_for_packets(path);
  if (!socket) {
    return std::move(socket).error().context("await attachments");
  }
  return std::unique_ptr<AttachServer>(std::make_unique<Server>(loop, path, std::move(socket).value(), handler));
}

Result<std::unique_ptr<AttachClient>> attach_to(Loop& loop, const std::filesystem::path& path,
                                                const AttachRequest& request, int doorbell_fd,
                                                AttachClientHandler& handler) {
  Result<UniqueFd> socket = connect_for_packets(path);
  if (!socket) {
    return std::move(socket).error().context("attach to the sequencer");
  }
  if (!peer_of(socket->get()).same_user) {
    return Error{ErrorCode::refused, "the sequencer at " + path.string() + " belongs to another user"};
  }
  const std::array<int, 1> fds{doorbell_fd};
  if (!send_message(socket->get(), request, fds)) {
    return Error{ErrorCode::not_found, "the sequencer at " + path.string() + " takes no attachment"};
  }
  return std::unique_ptr<AttachClient>(std::make_unique<Client>(loop, std::move(socket).value(), handler));
}

}  // namespace cantus::runtime
