// Sockets and timers, behind a seam: Boost.Asio in the venue, simulated links in tests. Everything happens on the one
// thread of the loop that owns the network; handlers are never called from within the call that caused them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"

namespace cantus::runtime {

struct Address {
  std::string host;  // numeric, "127.0.0.1"
  std::uint16_t port = 0;
  [[nodiscard]] std::string text() const { return host + ":" + std::to_string(port); }
};

// Most bytes that one on_bytes hands over.
inline constexpr std::size_t stream_read_bytes_max = 64 * 1024;

class StreamHandler {
 public:
  virtual ~StreamHandler() = default;
  virtual void on_bytes(std::span<const std::byte> bytes) = 0;  // valid during the call
  virtual void on_sent() = 0;                                   // everything written so far is with the kernel
  virtual void on_closed(const std::string& why) = 0;           // once; not after close()
};

// Says whether what was written may still leave. A stream that has a gate asks it right before each call that hands
// bytes to the kernel, never from within a call of its owner; so the gate may do work first, such as reading what would
// forbid it, and its owner may write to the stream, or destroy it, meanwhile.
class SendGate {
 public:
  virtual ~SendGate() = default;
  // False: not now. What is unsent waits, and the gate is asked again in the next round.
  virtual bool open() = 0;
};

// One connected byte stream. Destroying it closes the socket at once, unsent bytes are lost.
class Stream {
 public:
  virtual ~Stream() = default;
  // The handler must outlive the stream or be replaced first. Reading begins paused.
  virtual void set_handler(StreamHandler* handler) = 0;
  virtual void resume_reading() = 0;
  virtual void pause_reading() = 0;
  // Nothing leaves from now on but through the gate; nothing at all, and the stream ends, once the gate is gone.
  virtual void set_gate(std::weak_ptr<SendGate> gate) = 0;
  // Copies the bytes behind what is unsent; the caller bounds it by looking at `unsent_bytes`.
  virtual void write(std::span<const std::byte> bytes) = 0;
  [[nodiscard]] virtual std::size_t unsent_bytes() const = 0;
  // Sends what is unsent, then closes; no handler call follows.
  virtual void close_after_sending() = 0;
  [[nodiscard]] virtual const Address& peer() const = 0;
};

// Stops listening when destroyed.
class Listener {
 public:
  virtual ~Listener() = default;
  [[nodiscard]] virtual std::uint16_t port() const = 0;  // the one chosen, where 0 was asked
};

// Cancels the timer when destroyed.
class Timer {
 public:
  virtual ~Timer() = default;
};

class Network {
 public:
  virtual ~Network() = default;
  using OnAccept = std::function<void(std::unique_ptr<Stream>)>;
  using OnConnect = std::function<void(Result<std::unique_ptr<Stream>>)>;
  // Fails with already_in_use, naming the port and, where it can be found, the process that holds it.
  virtual Result<std::unique_ptr<Listener>> listen(const Address& address, OnAccept on_accept) = 0;
  virtual void connect(const Address& address, OnConnect on_connect) = 0;
  // Calls `f` once after `delay`, or every `delay` until destroyed: never before its time by the monotonic clock.
  virtual std::unique_ptr<Timer> after(std::chrono::nanoseconds delay, std::function<void()> f) = 0;
  virtual std::unique_ptr<Timer> every(std::chrono::nanoseconds period, std::function<void()> f) = 0;
};

}  // namespace cantus::runtime
