// The simulated loop does what the real one promises, in an order that never differs.
#include "runtime/simulated_loop.h"

#include <gtest/gtest.h>

#include <string>

namespace cantus::runtime {
namespace {

using namespace std::chrono_literals;

std::vector<std::byte> bytes_of(const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

struct Recorder : StreamHandler {
  explicit Recorder(std::string& into) : events(into) {}
  void on_bytes(std::span<const std::byte> bytes) override {
    events += "[" + std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()) + "]";
  }
  void on_sent() override { events += "sent "; }
  void on_closed(const std::string& why) override { events += "closed(" + why + ") "; }
  std::string& events;
};

class SimulatedNet : public ::testing::Test {
 protected:
  void SetUp() override {
    listener_ = std::move(loop_.network().listen({"127.0.0.1", 9880}, [this](std::unique_ptr<Stream> stream) {
                  server_ = std::move(stream);
                })).value();
    loop_.network().connect({"127.0.0.1", 9880},
                            [this](Result<std::unique_ptr<Stream>> stream) { client_ = std::move(stream).value(); });
    loop_.settle();
    server_->set_handler(&at_server_);
    client_->set_handler(&at_client_);
    server_->resume_reading();
  }

  SimulatedLoop loop_;
  std::string server_events_;
  std::string client_events_;
  Recorder at_server_{server_events_};
  Recorder at_client_{client_events_};
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<Stream> server_;
  std::unique_ptr<Stream> client_;
};

TEST_F(SimulatedNet, BytesArriveInPiecesOfTheSizeThatWasSet) {
  loop_.network().set_read_bytes(3);
  client_->write(bytes_of("abcdefgh"));
  EXPECT_EQ(server_events_, "") << "no handler runs within the call";
  loop_.settle();
  EXPECT_EQ(server_events_, "[abc][def][gh]");
  EXPECT_EQ(client_events_, "sent ");
}

TEST_F(SimulatedNet, APeerThatDoesNotReadLeavesBytesUnsent) {
  loop_.network().set_kernel_bytes(4);
  server_->pause_reading();
  client_->write(bytes_of("abcdefgh"));
  loop_.settle();
  EXPECT_EQ(client_->unsent_bytes(), 4u);
  EXPECT_EQ(client_events_, "");
  server_->resume_reading();
  loop_.settle();
  EXPECT_EQ(server_events_, "[abcd][efgh]");
  EXPECT_EQ(client_events_, "sent ");
}

TEST_F(SimulatedNet, ClosingAfterSendingSendsThoughTheOwnerIsGone) {
  client_->write(bytes_of("bye"));
  client_->close_after_sending();
  client_.reset();
  loop_.settle();
  EXPECT_EQ(server_events_, "[bye]closed(closed by the peer) ");
  EXPECT_EQ(client_events_, "");
}

TEST_F(SimulatedNet, DestroyingAStreamLosesWhatIsUnsent) {
  client_->write(bytes_of("lost"));
  client_.reset();
  loop_.settle();
  EXPECT_EQ(server_events_, "closed(closed by the peer) ");
}

TEST_F(SimulatedNet, PortsAreTakenAndRefusedAsOnAHost) {
  EXPECT_EQ(loop_.network().listen({"127.0.0.1", 9880}, [](std::unique_ptr<Stream>) {}).error().code,
            ErrorCode::already_in_use);
  listener_.reset();
  ErrorCode code{};
  loop_.network().connect({"127.0.0.1", 9880},
                          [&](Result<std::unique_ptr<Stream>> stream) { code = stream.error().code; });
  loop_.settle();
  EXPECT_EQ(code, ErrorCode::not_found);
}

TEST(SimulatedLoop, TimersRunInOrderAtTheirTime) {
  SimulatedLoop loop;
  const std::int64_t start = loop.clock().monotonic_ns();
  std::string events;
  const auto note = [&](char name) {
    events += name + std::to_string((loop.clock().monotonic_ns() - start) / 1'000'000) + " ";
  };
  const auto a = loop.network().after(30ms, [&] { note('a'); });
  const auto b = loop.network().every(20ms, [&] { note('b'); });
  auto c = loop.network().after(10ms, [&] { note('c'); });
  c.reset();
  loop.advance(65ms);
  EXPECT_EQ(events, "b20 a30 b40 b60 ");
  EXPECT_EQ(loop.clock().monotonic_ns() - start, 65'000'000);
}

TEST(SimulatedLoop, RunJumpsFromTimerToTimerUntilItIsStopped) {
  SimulatedLoop loop;
  const std::int64_t start = loop.clock().monotonic_ns();
  const auto end = loop.network().after(1h, [&] { loop.stop(); });
  loop.run();
  EXPECT_EQ(loop.clock().monotonic_ns() - start, 3'600'000'000'000);
}

TEST(SimulatedLoop, StepsOfUtcDoNotTouchTheMonotonicClock) {
  SimulatedLoop loop;
  const std::int64_t monotonic = loop.clock().monotonic_ns();
  const TimeNs utc = loop.clock().utc();
  loop.clock().step_utc(-1h);
  EXPECT_EQ(loop.clock().monotonic_ns(), monotonic);
  EXPECT_EQ(loop.clock().utc().get(), utc.get() - 3'600'000'000'000);
}

TEST(SimulatedRandom, IsTheSameForASeed) {
  SimulatedRandom a(5);
  SimulatedRandom b(5);
  SimulatedRandom c(6);
  const std::uint64_t first = a.next();
  EXPECT_EQ(first, b.next());
  EXPECT_NE(first, c.next());
  EXPECT_NE(first, a.next());
}

}  // namespace
}  // namespace cantus::runtime
