#include "runtime/asio_network.h"

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <span>
#include <utility>

#include "base/assert.h"
#include "runtime/port_owner.h"

namespace cantus::runtime {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;

namespace {

// How long a stream that was closed after sending may take, and how long listening rests when descriptors ran out.
constexpr std::chrono::seconds linger_max{5};
constexpr std::chrono::milliseconds accept_pause{100};

Address address_of(const tcp::endpoint& endpoint) { return {endpoint.address().to_string(), endpoint.port()}; }

Result<tcp::endpoint> endpoint_of(const Address& address) {
  error_code error;
  const auto host = asio::ip::make_address(address.host, error);
  if (error) {
    return Error{ErrorCode::refused, "\"" + address.host + "\" is no numeric address"};
  }
  return tcp::endpoint(host, address.port);
}

}  // namespace

// One socket with what is unsent. Owned by its Stream, by the operations under way, and, while it sends its last bytes,
// by the network.
class AsioStreamState : public std::enable_shared_from_this<AsioStreamState> {
 public:
  AsioStreamState(AsioNetwork& network, tcp::socket socket)
      : network_(network), socket_(std::move(socket)), linger_(socket_.get_executor()) {
    error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    socket_.non_blocking(true, ignored);
    peer_ = address_of(socket_.remote_endpoint(ignored));
  }

  void set_handler(StreamHandler* handler) { handler_ = handler; }
  void set_gate(std::weak_ptr<SendGate> gate) {
    gate_ = std::move(gate);
    gated_ = true;
  }
  [[nodiscard]] const Address& peer() const { return peer_; }
  [[nodiscard]] std::size_t unsent() const { return unsent_.size() - sent_; }

  void set_reading(bool reading) {
    reading_ = reading;
    wait_readable();
  }

  void write(std::span<const std::byte> bytes) {
    if (!socket_.is_open() || ending_) {
      return;
    }
    unsent_.insert(unsent_.end(), bytes.begin(), bytes.end());
    send_soon();
  }

  void flush() {
    dirty_ = false;
    if (socket_.is_open() && !waiting_writable_) {
      send();
    }
  }

  // In listen_on.
  void listen_on() { wait_readable(); }

  void close_after_sending() {
    handler_ = nullptr;
    reading_ = false;
    if (ending_ || !socket_.is_open()) {
      return;
    }
    ending_ = true;
    network_.keep(shared_from_this());
    linger_.expires_after(linger_max);
    linger_.async_wait([self = shared_from_this()](error_code error) {
      if (!error) {
        self->close_now();
      }
    });
    send_soon();  // ends in flush(), also with nothing to send
  }

  // The owner is gone: at once, unless the last bytes are on their way.
  void owner_gone() {
    handler_ = nullptr;
    if (!ending_) {
      close_now();
    }
  }

 private:
  void close_now() {
    error_code ignored;
    linger_.cancel();
    socket_.close(ignored);
    network_.forget(shared_from_this());
  }

  void fail(const std::string& why) {
    close_now();
    if (StreamHandler* const handler = std::exchange(handler_, nullptr)) {
      handler->on_closed(why);
    }
  }

  // In the next flush.
  void send_soon() {
    if (!dirty_ && !waiting_writable_) {
      dirty_ = true;
      network_.mark_dirty(shared_from_this());
    }
  }

  // While the gate is asked anything may happen to this stream.
  [[nodiscard]] bool gate_open() {
    if (!gated_) {
      return true;
    }
    const std::shared_ptr<SendGate> gate = gate_.lock();
    if (gate == nullptr) {
      fail("whoever says what may leave is gone");
      return false;
    }
    return gate->open();
  }

  void send() {
    while (unsent() != 0) {
      if (!gate_open()) {
        if (socket_.is_open()) {
          send_soon();
        }
        return;
      }
      if (!socket_.is_open()) {
        return;
      }
      error_code error;
      const std::size_t written = socket_.write_some(asio::buffer(unsent_.data() + sent_, unsent()), error);
      if (error == asio::error::would_block) {
        wait_writable();
        return;
      }
      if (error) {
        fail("sending: " + error.message());
        return;
      }
      sent_ += written;
    }
    unsent_.clear();
    sent_ = 0;
    if (ending_) {
      finish_sending();
    } else if (handler_ != nullptr) {
      handler_->on_sent();
    }
  }

  void wait_writable() {
    // What is sent is cut off now and then, so that the buffer of a slow peer does not grow with what it has taken.
    unsent_.erase(unsent_.begin(), unsent_.begin() + static_cast<std::ptrdiff_t>(sent_));
    sent_ = 0;
    waiting_writable_ = true;
    socket_.async_wait(tcp::socket::wait_write, [self = shared_from_this()](error_code error) {
      self->waiting_writable_ = false;
      if (!error && self->socket_.is_open()) {
        self->send();
      }
    });
  }

  // Everything is with the kernel. Closing a socket with unread bytes would reset the connection and could destroy what
  // the peer has not yet read, so the peer's end is awaited.
  void finish_sending() {
    error_code error;
    socket_.shutdown(tcp::socket::shutdown_send, error);
    if (error) {
      close_now();
      return;
    }
    wait_readable();
  }

  void wait_readable() {
    if (waiting_readable_ || !(reading_ || ending_) || !socket_.is_open()) {
      return;
    }
    waiting_readable_ = true;
    socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this()](error_code error) {
      self->waiting_readable_ = false;
      if (!error && self->socket_.is_open() && (self->reading_ || self->ending_)) {
        self->read();
      }
    });
  }

  void read() {
    error_code error;
    std::vector<std::byte>& buffer = network_.read_buffer_;
    const std::size_t got = socket_.read_some(asio::buffer(buffer.data(), buffer.size()), error);
    if (error == asio::error::would_block) {
      wait_readable();
      return;
    }
    if (error) {
      fail(error == asio::error::eof ? std::string("closed by the peer") : "reading: " + error.message());
      return;
    }
    network_.read_.push_back(shared_from_this());
    if (handler_ != nullptr) {
      handler_->on_bytes({buffer.data(), got});
    }
  }

  AsioNetwork& network_;
  tcp::socket socket_;
  asio::steady_timer linger_;
  Address peer_;
  StreamHandler* handler_ = nullptr;
  std::weak_ptr<SendGate> gate_;
  bool gated_ = false;
  std::vector<std::byte> unsent_;
  std::size_t sent_ = 0;  // of `unsent_`, already with the kernel
  bool reading_ = false;
  bool waiting_readable_ = false;
  bool waiting_writable_ = false;
  bool dirty_ = false;
  bool ending_ = false;
};

namespace {

class AsioStream final : public Stream {
 public:
  explicit AsioStream(std::shared_ptr<AsioStreamState> state) : state_(std::move(state)) {}
  ~AsioStream() override { state_->owner_gone(); }

  void set_handler(StreamHandler* handler) override { state_->set_handler(handler); }
  void resume_reading() override { state_->set_reading(true); }
  void pause_reading() override { state_->set_reading(false); }
  void set_gate(std::weak_ptr<SendGate> gate) override { state_->set_gate(std::move(gate)); }
  void write(std::span<const std::byte> bytes) override { state_->write(bytes); }
  [[nodiscard]] std::size_t unsent_bytes() const override { return state_->unsent(); }
  void close_after_sending() override { state_->close_after_sending(); }
  [[nodiscard]] const Address& peer() const override { return state_->peer(); }

 private:
  std::shared_ptr<AsioStreamState> state_;
};

struct ListenerState : std::enable_shared_from_this<ListenerState> {
  ListenerState(AsioNetwork& network_in, asio::io_context& io, Network::OnAccept on_accept_in)
      : network(network_in), acceptor(io), pause(io), on_accept(std::move(on_accept_in)) {}

  void accept_next() {
    acceptor.async_accept([self = shared_from_this()](error_code error, tcp::socket socket) {
      if (!self->acceptor.is_open()) {
        return;
      }
      if (error) {
        self->accept_later();
        return;
      }
      self->on_accept(
          std::make_unique<AsioStream>(std::make_shared<AsioStreamState>(self->network, std::move(socket))));
      if (self->acceptor.is_open()) {
        self->accept_next();
      }
    });
  }
  // Out of descriptors or memory, or the peer went at once: the next try must not spin.
  void accept_later() {
    pause.expires_after(accept_pause);
    pause.async_wait([self = shared_from_this()](error_code error) {
      if (!error && self->acceptor.is_open()) {
        self->accept_next();
      }
    });
  }

  AsioNetwork& network;
  tcp::acceptor acceptor;
  asio::steady_timer pause;
  Network::OnAccept on_accept;
};

class AsioListener final : public Listener {
 public:
  explicit AsioListener(std::shared_ptr<ListenerState> state) : state_(std::move(state)) {}
  ~AsioListener() override {
    error_code ignored;
    state_->pause.cancel();
    state_->acceptor.close(ignored);
  }
  [[nodiscard]] std::uint16_t port() const override {
    error_code ignored;
    return state_->acceptor.local_endpoint(ignored).port();
  }

 private:
  std::shared_ptr<ListenerState> state_;
};

struct TimerState : std::enable_shared_from_this<TimerState> {
  TimerState(asio::io_context& io, std::function<void()> f_in, std::chrono::nanoseconds period_in)
      : timer(io), f(std::move(f_in)), period(period_in) {}

  void wait() {
    timer.async_wait([self = shared_from_this()](error_code error) {
      if (error || self->ended) {
        return;
      }
      if (self->period.count() > 0) {
        // Calls that were missed while the loop was busy are not made up for.
        self->timer.expires_at(std::max(self->timer.expiry() + self->period, std::chrono::steady_clock::now()));
        self->wait();
      }
      self->f();
    });
  }

  asio::steady_timer timer;
  std::function<void()> f;
  std::chrono::nanoseconds period;
  bool ended = false;
};

class AsioTimer final : public Timer {
 public:
  explicit AsioTimer(std::shared_ptr<TimerState> state) : state_(std::move(state)) {}
  ~AsioTimer() override {
    state_->ended = true;
    state_->timer.cancel();
  }

 private:
  std::shared_ptr<TimerState> state_;
};

std::unique_ptr<Timer> start_timer(asio::io_context& io, std::chrono::nanoseconds delay, std::function<void()> f,
                                   std::chrono::nanoseconds period) {
  auto state = std::make_shared<TimerState>(io, std::move(f), period);
  state->timer.expires_after(delay);
  state->wait();
  return std::make_unique<AsioTimer>(std::move(state));
}

}  // namespace

AsioNetwork::AsioNetwork(asio::io_context& io) : io_(io), read_buffer_(stream_read_bytes_max) {}
AsioNetwork::~AsioNetwork() = default;

Result<std::unique_ptr<Listener>> AsioNetwork::listen(const Address& address, OnAccept on_accept) {
  Result<tcp::endpoint> endpoint = endpoint_of(address);
  if (!endpoint) {
    return std::move(endpoint).error().context("listen");
  }
  auto state = std::make_shared<ListenerState>(*this, io_, std::move(on_accept));
  error_code error;
  state->acceptor.open(endpoint->protocol(), error);
  if (!error) {
    state->acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  }
  if (!error) {
    state->acceptor.bind(*endpoint, error);
  }
  if (!error) {
    state->acceptor.listen(asio::socket_base::max_listen_connections, error);
  }
  if (error == asio::error::address_in_use) {
    return Error{ErrorCode::already_in_use,
                 "port " + address.text() + " is in use by " + describe_port_owner(address.port)};
  }
  if (error) {
    return Error{ErrorCode::failed, "listen at " + address.text() + ": " + error.message()};
  }
  state->accept_next();
  return std::unique_ptr<Listener>(std::make_unique<AsioListener>(std::move(state)));
}

void AsioNetwork::connect(const Address& address, OnConnect on_connect) {
  Result<tcp::endpoint> endpoint = endpoint_of(address);
  if (!endpoint) {
    asio::post(io_,
               [error = std::move(endpoint).error().context("connect"), f = std::move(on_connect)]() { f(error); });
    return;
  }
  auto socket = std::make_shared<tcp::socket>(io_);
  socket->async_connect(*endpoint, [this, socket, address, f = std::move(on_connect)](error_code error) {
    if (error) {
      f(Error{error == asio::error::connection_refused ? ErrorCode::not_found : ErrorCode::failed,
              "connect to " + address.text() + ": " + error.message()});
      return;
    }
    f(std::unique_ptr<Stream>(
        std::make_unique<AsioStream>(std::make_shared<AsioStreamState>(*this, std::move(*socket)))));
  });
}

std::unique_ptr<Timer> AsioNetwork::after(std::chrono::nanoseconds delay, std::function<void()> f) {
  return start_timer(io_, delay, std::move(f), std::chrono::nanoseconds{0});
}

std::unique_ptr<Timer> AsioNetwork::every(std::chrono::nanoseconds period, std::function<void()> f) {
  CANTUS_ASSERT(period.count() > 0, "a repeated timer has a period");
  return start_timer(io_, period, std::move(f), period);
}

bool AsioNetwork::flush() {
  if (dirty_.empty()) {
    return false;
  }
  // Handlers may write while this runs: that is the next flush.
  flushing_.swap(dirty_);
  for (const auto& stream : flushing_) {
    stream->flush();
  }
  flushing_.clear();
  return true;
}

void AsioNetwork::listen_on() {
  for (const auto& stream : read_) {
    stream->listen_on();
  }
  read_.clear();
}

void AsioNetwork::mark_dirty(std::shared_ptr<AsioStreamState> stream) { dirty_.push_back(std::move(stream)); }
void AsioNetwork::keep(std::shared_ptr<AsioStreamState> stream) { lingering_.insert(std::move(stream)); }
void AsioNetwork::forget(const std::shared_ptr<AsioStreamState>& stream) { lingering_.erase(stream); }

}  // namespace cantus::runtime
