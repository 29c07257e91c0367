// The attachment over its socket: what is said arrives, descriptors are handed over, ends are told apart, and what is
// no attachment is refused without disturbing others.
#include "runtime/attach.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "messages/record.h"
#include "runtime/doorbell.h"
#include "runtime/packet_socket.h"
#include "runtime/ring.h"

namespace cantus::runtime {
namespace {

struct Sequencer : AttachHandler {
  void on_request(AttachmentId id, const AttachRequest& request, UniqueFd doorbell) override {
    said.push_back("request " + std::to_string(id) + " " + request.publisher.str());
    last_request = request;
    last_doorbell = std::move(doorbell);
  }
  void on_detach(AttachmentId id) override { said.push_back("detach " + std::to_string(id)); }
  void on_gone(AttachmentId id) override { said.push_back("gone " + std::to_string(id)); }
  void on_turned_away(std::uint32_t process, const std::string& why) override {
    EXPECT_EQ(process, static_cast<std::uint32_t>(::getpid()));
    turned_away.push_back(why);
  }

  std::vector<std::string> said;
  std::vector<std::string> turned_away;
  AttachRequest last_request;
  UniqueFd last_doorbell;
};

struct Participant : AttachClientHandler {
  void on_answer(const AttachAnswer& answer_in, UniqueFd ring_in, UniqueFd doorbell_in) override {
    said.push_back("answer " + std::to_string(static_cast<int>(answer_in.status)) + " " + answer_in.text.str());
    answer = answer_in;
    ring = std::move(ring_in);
    doorbell = std::move(doorbell_in);
  }
  void on_refused(const StreamRefused& refused) override {
    said.push_back("refused " + std::to_string(refused.number.get()) +
                   (refused.cause == RefusedFor::permission ? " without permission " : " ") + refused.text.str());
  }
  void on_lost(const StreamLost& lost) override {
    said.push_back("lost " + std::to_string(lost.incarnation.raw()) + " " + lost.text.str());
  }
  void on_gone(const std::string& why) override { said.push_back("gone: " + why); }

  std::vector<std::string> said;
  AttachAnswer answer;
  UniqueFd ring;
  UniqueFd doorbell;
};

using Said = std::vector<std::string>;

class AttachTest : public ::testing::Test {
 protected:
  AttachTest()
      : path_(std::filesystem::path(::testing::TempDir()) / ("attach-" + std::to_string(::getpid()) + ".sock")) {
    server_ = std::move(make_attach_server(*loop_, path_, sequencer_)).value();
    request_.venue = VenueId(9);
    request_.incarnation = LogSeq(LogNumber(1), Seq(5));
    request_.topics = 0xff;
    request_.as = AttachAs::publisher;
    request_.place = PlaceId(1);
    request_.publisher = FixedString<32>("matching");
    request_.build = FixedString<40>("test");
  }
  ~AttachTest() override {
    server_.reset();
    EXPECT_FALSE(std::filesystem::exists(path_)) << "the socket goes with its server";
  }

  void settle() {
    while (loop_->run_once()) {
    }
  }
  std::unique_ptr<AttachClient> attach(Participant& participant) {
    auto client = attach_to(*loop_, path_, request_, loop_->doorbell_fd(), participant);
    EXPECT_TRUE(client.ok());
    settle();
    return std::move(client).value();
  }
  void accept(AttachmentId id) {
    AttachAnswer answer;
    answer.status = AttachStatus::attached;
    answer.incarnation = LogSeq(LogNumber(1), Seq(5));
    answer.term = Term(3);
    answer.next_publisher_seq = PublisherSeq(17);
    answer.read_through = Seq(1'000);
    answer.venue = VenueId(9);
    answer.publisher = PublisherId(3);
    server_->accept(id, answer, ring_.fd(), bell_.get());
    settle();
  }

  std::unique_ptr<Loop> loop_ = make_loop(WaitMode::adaptive);
  std::filesystem::path path_;
  Sequencer sequencer_;
  std::unique_ptr<AttachServer> server_;
  AttachRequest request_;
  RingConsumer ring_ = std::move(RingConsumer::create("test", 4096)).value();
  UniqueFd bell_ = std::move(make_doorbell()).value();
};

TEST_F(AttachTest, TheRequestArrivesAsItWasMadeWithTheKernelsWordOnTheProcess) {
  Participant participant;
  request_.process = 1;
  const auto client = attach(participant);
  ASSERT_EQ(sequencer_.said, Said{"request 1 matching"});
  AttachRequest expected = request_;
  expected.process = static_cast<std::uint32_t>(::getpid());
  EXPECT_EQ(std::memcmp(&expected, &sequencer_.last_request, sizeof(expected)), 0);
}

TEST_F(AttachTest, TheAnswerBringsRingAndDoorbellThatWork) {
  Participant participant;
  const auto client = attach(participant);
  accept(1);
  ASSERT_EQ(participant.said, Said{"answer 1 "});
  EXPECT_EQ(participant.answer.next_publisher_seq, PublisherSeq(17));
  EXPECT_EQ(participant.answer.read_through, Seq(1'000));

  Result<RingProducer> ring = RingProducer::open(std::move(participant.ring));
  ASSERT_TRUE(ring.ok());
  const std::array payload{std::byte{1}, std::byte{2}};
  ASSERT_TRUE(ring->push(VenueId(9), PublisherSeq(17), MessageType(90), 1, topic::bench, payload));
  ASSERT_EQ(ring_.peek(), RingConsumer::Found::proposal);
  EXPECT_EQ(ring_.header().publisher_seq, PublisherSeq(17));

  ring_doorbell(participant.doorbell.get());
  EXPECT_TRUE(quiet_doorbell(bell_.get()));
  EXPECT_FALSE(quiet_doorbell(loop_->doorbell_fd()));
  ring_doorbell(sequencer_.last_doorbell.get());
  EXPECT_TRUE(quiet_doorbell(loop_->doorbell_fd()));
}

TEST_F(AttachTest, ARefusedRequestIsToldWhyAndTheConnectionEnds) {
  Participant participant;
  const auto client = attach(participant);
  server_->refuse(1, AttachStatus::place_taken, "held by process 7");
  settle();
  EXPECT_EQ(participant.said, Said{"answer 4 held by process 7"});
  EXPECT_FALSE(participant.ring.valid());
  EXPECT_EQ(sequencer_.said, Said{"request 1 matching"});
}

TEST_F(AttachTest, ARefusalOfTheStreamAndALossAreTold) {
  Participant first;
  Participant second;
  const auto a = attach(first);
  const auto b = attach(second);
  accept(1);
  accept(2);
  server_->end_refused(1, PublisherSeq(20), RefusedFor::permission, "topic not granted");
  server_->end_lost(2, LogSeq::from_raw(5), "another process took the place");
  server_->end_lost(99, LogSeq::from_raw(5), "nobody");
  settle();
  EXPECT_EQ(first.said, (Said{"answer 1 ", "refused 20 without permission topic not granted"}));
  EXPECT_EQ(second.said, (Said{"answer 1 ", "lost 5 another process took the place"}));
  EXPECT_EQ(sequencer_.said, (Said{"request 1 matching", "request 2 matching"}));
}

TEST_F(AttachTest, TheEndOfAParticipantIsToldOnce) {
  Participant participant;
  auto client = attach(participant);
  accept(1);
  client.reset();
  settle();
  EXPECT_EQ(sequencer_.said, (Said{"request 1 matching", "gone 1"}));
}

TEST_F(AttachTest, AnOrderlyEndIsAnnounced) {
  Participant participant;
  auto client = attach(participant);
  accept(1);
  client->detach();
  client.reset();
  settle();
  EXPECT_EQ(sequencer_.said, (Said{"request 1 matching", "detach 1", "gone 1"}));
}

TEST_F(AttachTest, TheEndOfTheSequencerIsToldOnce) {
  Participant participant;
  const auto client = attach(participant);
  accept(1);
  server_.reset();
  settle();
  EXPECT_EQ(participant.said, (Said{"answer 1 ", "gone: the sequencer has closed the connection"}));
  Participant next;
  const auto again = attach_to(*loop_, path_, request_, loop_->doorbell_fd(), next);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, ErrorCode::not_found);
}

TEST_F(AttachTest, AHandlerMayEndItsOwnAttachment) {
  struct Quitter : Participant {
    void on_answer(const AttachAnswer& answer_in, UniqueFd ring_in, UniqueFd doorbell_in) override {
      Participant::on_answer(answer_in, std::move(ring_in), std::move(doorbell_in));
      client.reset();
    }
    std::unique_ptr<AttachClient> client;
  } quitter;
  quitter.client = attach(quitter);
  accept(1);
  settle();
  EXPECT_EQ(sequencer_.said, (Said{"request 1 matching", "gone 1"}));
}

TEST_F(AttachTest, TheSocketIsForItsOwnerOnly) {
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(AttachTest, ASocketLeftBehindIsReplaced) {
  const std::filesystem::path left = path_.string() + ".left";
  { const UniqueFd dead = std::move(listen_for_packets(left)).value(); }
  ASSERT_TRUE(std::filesystem::exists(left));
  Sequencer other;
  EXPECT_TRUE(make_attach_server(*loop_, left, other).ok());
  EXPECT_FALSE(std::filesystem::exists(left));
}

TEST_F(AttachTest, APathThatDoesNotFitIsNamed) {
  const auto client = attach_to(
      *loop_, "/" + std::string(120, 'x'), request_, loop_->doorbell_fd(), *[] {
        static Participant participant;
        return &participant;
      }());
  ASSERT_FALSE(client.ok());
  EXPECT_EQ(client.error().code, ErrorCode::refused);
}

// ---- what is no attachment ---------------------------------------------------------------------------------------

class HostileAttach : public AttachTest {
 protected:
  // What the server answers to raw packets: the texts of its answers, "" where it only closed.
  std::string say(std::span<const std::byte> bytes, std::span<const int> fds) {
    const UniqueFd socket = std::move(connect_for_packets(path_)).value();
    settle();
    EXPECT_TRUE(send_packet(socket.get(), bytes, fds));
    settle();
    Packet packet;
    AttachAnswer answer;
    const Received received = receive_packet(socket.get(), packet);
    return received == Received::packet && packet.read_as(answer) ? answer.text.str() : "";
  }
};

TEST_F(HostileAttach, BytesThatAreNoRequestAreRefused) {
  const std::array<int, 1> fds{bell_.get()};
  const std::string no = "this is no request of an attachment";
  EXPECT_EQ(say(std::vector<std::byte>(7), {}), no);
  EXPECT_EQ(say(std::vector<std::byte>(packet_bytes_max), fds), no);
  EXPECT_EQ(say(payload_of(Detach{}), {}), no);
  EXPECT_EQ(say(payload_of(request_), {}), no) << "without a doorbell";
  AttachRequest changed = request_;
  changed.as = static_cast<AttachAs>(9);
  EXPECT_EQ(say(payload_of(changed), fds), no);
  changed = request_;
  changed.publisher = FixedString<32>();
  EXPECT_EQ(say(payload_of(changed), fds), no);
  changed = request_;
  changed.header.version = 99;
  EXPECT_EQ(say(payload_of(changed), fds), "attachment of version 99, the sequencer speaks 2");
  EXPECT_TRUE(sequencer_.said.empty());
  EXPECT_EQ(sequencer_.turned_away.size(), 7u);
}

TEST_F(HostileAttach, AnythingButADoorbellIsRefused) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  const UniqueFd reads(pipe[0]);
  const UniqueFd blocks(pipe[1]);
  const UniqueFd file(::open("/dev/null", O_RDWR | O_CLOEXEC));
  for (const int fd : {blocks.get(), reads.get(), file.get(), ring_.fd()}) {
    EXPECT_EQ(say(payload_of(request_), std::array<int, 1>{fd}), "what it handed over is no doorbell");
  }
  EXPECT_EQ(say(payload_of(request_), std::array<int, 2>{bell_.get(), bell_.get()}),
            "this is no request of an attachment");
  EXPECT_TRUE(sequencer_.said.empty());
}

TEST_F(HostileAttach, ADoorbellThatWouldKeepItsRingerWaitingDoesNot) {
  const UniqueFd blocking(::eventfd(0, EFD_CLOEXEC));
  const std::uint64_t full = ~std::uint64_t{0} - 1;
  ASSERT_EQ(::write(blocking.get(), &full, sizeof(full)), static_cast<ssize_t>(sizeof(full)));
  const UniqueFd socket = std::move(connect_for_packets(path_)).value();
  ASSERT_TRUE(send_packet(socket.get(), payload_of(request_), std::array<int, 1>{blocking.get()}));
  settle();
  ASSERT_EQ(sequencer_.said, Said{"request 1 matching"});
  ring_doorbell(sequencer_.last_doorbell.get());
}

TEST_F(HostileAttach, WhoConnectsAndAsksForNothingMakesRoomForOthers) {
  std::vector<UniqueFd> silent;
  for (std::size_t i = 0; i < 3 * connections_unasked_max; ++i) {
    silent.push_back(std::move(connect_for_packets(path_)).value());
    settle();
  }
  Participant participant;
  const auto client = attach(participant);
  ASSERT_EQ(sequencer_.said.size(), 1u);
  Packet packet;
  EXPECT_EQ(receive_packet(silent.front().get(), packet), Received::ended);
  EXPECT_EQ(receive_packet(silent.back().get(), packet), Received::nothing_yet);
  EXPECT_EQ(sequencer_.turned_away.size(), 2 * connections_unasked_max + 1);
}

TEST_F(HostileAttach, OneProcessDoesNotTakeAllConnections) {
  std::vector<std::unique_ptr<Participant>> many;
  std::vector<std::unique_ptr<AttachClient>> clients;
  while (sequencer_.turned_away.empty() && many.size() <= connections_max) {
    many.push_back(std::make_unique<Participant>());
    clients.push_back(attach(*many.back()));
  }
  EXPECT_EQ(sequencer_.said.size(), connections_of_process_max);
  EXPECT_EQ(sequencer_.turned_away, Said{"it has too many attachments"});
}

TEST_F(HostileAttach, WhoSaysGoodbyeAgainAndAgainIsGone) {
  const UniqueFd socket = std::move(connect_for_packets(path_)).value();
  ASSERT_TRUE(send_packet(socket.get(), payload_of(request_), std::array<int, 1>{bell_.get()}));
  settle();
  while (send_packet(socket.get(), payload_of(Detach{}), {})) {
  }
  settle();
  EXPECT_EQ(sequencer_.said, (Said{"request 1 matching", "detach 1", "gone 1"}));
}

TEST_F(HostileAttach, WhoBreaksTheProtocolLaterIsGone) {
  const UniqueFd socket = std::move(connect_for_packets(path_)).value();
  const std::array<int, 1> fds{bell_.get()};
  ASSERT_TRUE(send_packet(socket.get(), payload_of(request_), fds));
  ASSERT_TRUE(send_packet(socket.get(), payload_of(request_), fds));
  settle();
  EXPECT_EQ(sequencer_.said, (Said{"request 1 matching", "gone 1"}));
}

TEST_F(HostileAttach, WhoSaysNothingDisturbsNobody) {
  const UniqueFd silent = std::move(connect_for_packets(path_)).value();
  Participant participant;
  const auto client = attach(participant);
  accept(2);
  EXPECT_EQ(participant.said, Said{"answer 1 "});
}

}  // namespace
}  // namespace cantus::runtime
