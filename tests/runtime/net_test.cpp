// Sockets over loopback: bytes, pausing, closing, refusal, a port in use.
#include "runtime/net.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "runtime/loop.h"

namespace cantus::runtime {
namespace {

using namespace std::chrono_literals;

std::vector<std::byte> bytes_of(const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

struct Recorder : StreamHandler {
  void on_bytes(std::span<const std::byte> bytes) override {
    received.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (on_more) {
      on_more();
    }
  }
  void on_sent() override { ++sent; }
  void on_closed(const std::string& why) override {
    ++closed;
    reason = why;
    if (on_end) {
      on_end();
    }
  }

  std::string received;
  int sent = 0;
  int closed = 0;
  std::string reason;
  std::function<void()> on_more;
  std::function<void()> on_end;
};

// Both ends of a connection on one loop.
class NetTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Result<std::unique_ptr<Listener>> listening = loop_->network().listen(
        {"127.0.0.1", 0}, [this](std::unique_ptr<Stream> stream) { server_ = std::move(stream); });
    ASSERT_TRUE(listening.ok());
    listener_ = std::move(listening).value();
    loop_->network().connect({"127.0.0.1", listener_->port()}, [this](Result<std::unique_ptr<Stream>> stream) {
      ASSERT_TRUE(stream.ok());
      client_ = std::move(stream).value();
    });
    run_until([this] { return server_ && client_; });
    server_->set_handler(&at_server_);
    client_->set_handler(&at_client_);
  }

  template <class Condition>
  void run_until(Condition condition) {
    while (!condition()) {
      loop_->run_once();
    }
  }

  std::unique_ptr<Loop> loop_ = make_loop(WaitMode::adaptive);
  Recorder at_server_;
  Recorder at_client_;
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<Stream> server_;
  std::unique_ptr<Stream> client_;
};

TEST_F(NetTest, BytesArriveInOrderInBothDirections) {
  server_->resume_reading();
  client_->resume_reading();
  client_->write(bytes_of("8=FIX"));
  client_->write(bytes_of(".4.4"));
  EXPECT_EQ(client_->unsent_bytes(), 9u) << "what a round writes is sent at its end";
  server_->write(bytes_of("35=A"));
  run_until([this] { return at_server_.received.size() == 9 && at_client_.received.size() == 4; });
  EXPECT_EQ(at_server_.received, "8=FIX.4.4");
  EXPECT_EQ(at_client_.received, "35=A");
  EXPECT_EQ(at_client_.sent, 1);
  EXPECT_EQ(client_->unsent_bytes(), 0u);
  EXPECT_EQ(client_->peer().text(), "127.0.0.1:" + std::to_string(listener_->port()));
}

TEST_F(NetTest, NothingIsReadBeforeReadingIsResumedOrWhileItIsPaused) {
  client_->write(bytes_of("one"));
  run_until([this] { return at_client_.sent == 1; });
  for (int i = 0; i < 20; ++i) {
    loop_->run_once();
  }
  EXPECT_EQ(at_server_.received, "");
  at_server_.on_more = [this] { server_->pause_reading(); };
  server_->resume_reading();
  run_until([this] { return at_server_.received == "one"; });
  client_->write(bytes_of("two"));
  run_until([this] { return at_client_.sent == 2; });
  for (int i = 0; i < 20; ++i) {
    loop_->run_once();
  }
  EXPECT_EQ(at_server_.received, "one");
  server_->resume_reading();
  run_until([this] { return at_server_.received == "onetwo"; });
}

TEST_F(NetTest, MoreThanTheKernelTakesIsSentAsThePeerReads) {
  std::string text(16u << 20, 'x');
  std::mt19937 random(1);
  std::ranges::generate(text, [&] { return static_cast<char>(random()); });
  client_->write(bytes_of(text));
  loop_->run_once();
  EXPECT_GT(client_->unsent_bytes(), 0u);
  EXPECT_EQ(at_client_.sent, 0);
  server_->resume_reading();
  run_until([&] { return at_server_.received.size() == text.size(); });
  EXPECT_TRUE(at_server_.received == text);
  run_until([this] { return at_client_.sent == 1; });
}

TEST_F(NetTest, WhatWasWrittenBeforeClosingArrivesThoughTheOwnerIsGone) {
  const std::string text(4u << 20, 'y');
  server_->write(bytes_of("unread by the client's owner"));
  client_->write(bytes_of(text));
  client_->close_after_sending();
  client_.reset();
  server_->resume_reading();
  run_until([this] { return at_server_.closed == 1; });
  EXPECT_EQ(at_server_.received.size(), text.size());
  EXPECT_EQ(at_server_.reason, "closed by the peer");
  EXPECT_EQ(at_client_.closed, 0) << "no handler call follows one's own closing";
}

TEST_F(NetTest, DestroyingAStreamClosesItAtOnce) {
  server_->resume_reading();
  client_->write(bytes_of("lost"));
  client_.reset();
  run_until([this] { return at_server_.closed == 1; });
  EXPECT_EQ(at_server_.received, "");
}

TEST_F(NetTest, AHandlerMayDestroyItsStream) {
  at_server_.on_more = [this] { server_.reset(); };
  server_->resume_reading();
  client_->resume_reading();
  client_->write(bytes_of("go"));
  run_until([this] { return at_client_.closed == 1; });
  EXPECT_FALSE(server_);
  EXPECT_EQ(at_server_.closed, 0);
}

TEST_F(NetTest, NoHandlerIsCalledFromWithinTheCallThatCausedIt) {
  client_->resume_reading();
  server_->resume_reading();
  client_->write(bytes_of("x"));
  EXPECT_EQ(at_client_.sent, 0);
  run_until([this] { return at_server_.received == "x"; });
}

TEST_F(NetTest, APortInUseNamesItsOwner) {
  const auto second = loop_->network().listen({"127.0.0.1", listener_->port()}, [](std::unique_ptr<Stream>) {});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, ErrorCode::already_in_use);
  const std::string port = std::to_string(listener_->port());
  const std::string expected = "port 127.0.0.1:" + port + " is in use by process " + std::to_string(::getpid());
  EXPECT_EQ(second.error().text.substr(0, expected.size()), expected);
}

TEST_F(NetTest, ConnectingWhereNobodyListensFails) {
  const std::uint16_t port = listener_->port();
  listener_.reset();
  ErrorCode code{};
  bool called = false;
  loop_->network().connect({"127.0.0.1", port}, [&](Result<std::unique_ptr<Stream>> stream) {
    ASSERT_FALSE(stream.ok());
    called = true;
    code = stream.error().code;
  });
  EXPECT_FALSE(called);
  run_until([&] { return called; });
  EXPECT_EQ(code, ErrorCode::not_found);
}

TEST_F(NetTest, ANameIsNoAddress) {
  const auto listening = loop_->network().listen({"localhost", 0}, [](std::unique_ptr<Stream>) {});
  ASSERT_FALSE(listening.ok());
  EXPECT_EQ(listening.error().text, "listen: \"localhost\" is no numeric address");
  bool failed = false;
  loop_->network().connect({"localhost", 1}, [&](Result<std::unique_ptr<Stream>> stream) { failed = !stream.ok(); });
  run_until([&] { return failed; });
}

}  // namespace
}  // namespace cantus::runtime
