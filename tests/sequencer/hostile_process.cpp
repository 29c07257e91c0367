#include "tests/sequencer/hostile_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "messages/record.h"
#include "runtime/attach.h"
#include "runtime/doorbell.h"
#include "runtime/packet_socket.h"
#include "runtime/ring.h"
#include "tests/sequencer/core_fixture.h"

namespace cantus::test {
namespace {

using runtime::AttachStatus;
using runtime::UniqueFd;

constexpr int refusals_wanted = 6;

class Hostile {
 public:
  Hostile(std::string_view socket, std::uint64_t seed, Incarnation of_another)
      : socket_path_(socket), random_(seed), of_another_(of_another) {}

  int play(Hostility what) {
    switch (what) {
      case Hostility::dies:
        return die();
      case Hostility::scribbles:
        return scribble();
      case Hostility::flips:
        return flip();
      case Hostility::claims:
        return claim();
      case Hostility::forges:
        return forge();
      case Hostility::floods:
        return propose_on("gateway-2",
                          [](std::uint64_t number) { return order(number, static_cast<std::int64_t>(number)); });
      case Hostility::loops:
        return propose_on("scheduler", [](std::uint64_t number) { return Proposal::of(number, TradingDayStarted{}); });
      case Hostility::spins:
        return spin();
      case Hostility::comes_and_goes:
        return come_and_go();
      case Hostility::knocks:
        return knock();
    }
    return 1;
  }

 private:
  [[nodiscard]] std::uint64_t draw(std::uint64_t below) { return random_() % below; }

  // ---- the attachment, with nothing between us and its packets

  struct Ask {
    std::string publisher = "gateway-2";
    std::uint16_t place = 0;
    Incarnation incarnation;
  };
  // Waits for the answer.
  AttachStatus attach(const Ask& ask) {
    runtime::AttachRequest request;
    request.venue = venue;
    request.incarnation = ask.incarnation;
    request.topics = TopicSet::all().bits();
    request.as = runtime::AttachAs::publisher;
    request.place = PlaceId(ask.place);
    request.publisher = FixedString<32>(ask.publisher);
    request.build = FixedString<40>("hostile");
    ring_.reset();
    connect();
    if (!runtime::send_packet(socket_.get(), payload_of(request), std::array<int, 1>{bell_.get()})) {
      return AttachStatus::malformed;
    }
    runtime::Packet packet;
    if (!receive(packet) || !packet.read_as(answer_)) {
      return AttachStatus::malformed;
    }
    if (answer_.status == AttachStatus::attached) {
      ring_.emplace(std::move(runtime::RingProducer::open(std::move(packet.fds[0]))).value());
      doorbell_ = std::move(packet.fds[1]);
      next_ = answer_.next_publisher_seq.get();
      put_ = 0;
      capacity_ = ring_->page().capacity;
    }
    return answer_.status;
  }
  void connect() {
    socket_.reset();
    for (auto made = runtime::connect_for_packets(socket_path_); !socket_;
         made = runtime::connect_for_packets(socket_path_)) {
      if (made.ok()) {
        socket_ = std::move(made).value();
      }
    }
  }
  // The next packet; false: the connection is over.
  bool receive(runtime::Packet& packet) {
    while (true) {
      const runtime::Received received = runtime::receive_packet(socket_.get(), packet);
      if (received != runtime::Received::nothing_yet) {
        return received == runtime::Received::packet;
      }
      pollfd ready{socket_.get(), POLLIN, 0};
      ::poll(&ready, 1, -1);
    }
  }
  // Waits until the stream is refused; what was said.
  std::string told() {
    wake();
    runtime::Packet packet;
    runtime::StreamRefused refused;
    return receive(packet) && packet.read_as(refused) ? refused.text.str() : std::string("nothing was said");
  }
  [[nodiscard]] bool refused_already() {
    pollfd ready{socket_.get(), POLLIN, 0};
    return ::poll(&ready, 1, 0) > 0;
  }
  // By its old incarnation while that lives.
  void attach_again() {
    if (attach({"gateway-2", 0, answer_.incarnation}) != AttachStatus::attached) {
      attach({});
    }
  }

  // ---- the ring

  [[nodiscard]] std::byte* data() { return reinterpret_cast<std::byte*>(&ring_->page()) + runtime::ring_page_bytes; }
  void wake() {
    if (ring_ && runtime::wake_needed(ring_->page().sequencer_sleeping)) {
      runtime::ring_doorbell(doorbell_.get());
    }
  }
  bool push(const Proposal& proposal) {
    if (!ring_->push(proposal.header, proposal.payload)) {
      return false;
    }
    put_ += aligned_record(proposal.header.length);
    wake();
    return true;
  }
  void push_orders(std::uint64_t count) {
    for (; count > 0 && push(order(next_, static_cast<std::int64_t>(next_))); --count) {
      ++next_;
    }
  }
  [[nodiscard]] std::uint32_t* place_of(std::uint64_t offset) {
    return reinterpret_cast<std::uint32_t*>(data() + offset % capacity_ / 4 * 4);
  }
  [[nodiscard]] std::atomic_ref<std::uint32_t> word_at(std::uint64_t offset) {
    return std::atomic_ref<std::uint32_t>(*place_of(offset));
  }
  void write_words(std::uint64_t at, const std::vector<std::uint32_t>& words, std::size_t first) {
    for (std::size_t i = words.size(); i-- > first;) {
      word_at(at + 4 * i).store(words[i], std::memory_order_release);
    }
  }
  [[nodiscard]] static std::vector<std::uint32_t> words_of(const Proposal& proposal) {
    std::vector<std::uint32_t> words((sizeof(ProposalHeader) + proposal.payload.size() + 3) / 4);
    std::memcpy(words.data(), &proposal.header, sizeof(ProposalHeader));
    std::memcpy(reinterpret_cast<std::byte*>(words.data()) + sizeof(ProposalHeader), proposal.payload.data(),
                proposal.payload.size());
    return words;
  }

  // ---- what it does

  int die() {
    attach({});
    push_orders(draw(30));
    // Up to any word; at times, against the rule, the commit word is there first.
    const std::vector<std::uint32_t> words = words_of(order(next_, static_cast<std::int64_t>(next_)));
    const bool commit_first = draw(3) == 0;
    for (std::size_t i = commit_first ? 0 : 1; i < 1 + draw(words.size()); ++i) {
      word_at(put_ + 4 * i).store(words[i], std::memory_order_release);
    }
    ::kill(::getpid(), SIGKILL);
    return 1;
  }

  // A race on purpose, with this process's own proposals: no sanitizer is to name it.
  __attribute__((no_sanitize("thread"))) static void scribble_at(volatile std::uint32_t* at, std::uint32_t garbage) {
    *at = garbage;
  }

  int scribble() {
    attach({});
    for (int refusals = 0; refusals < refusals_wanted; ++refusals) {
      std::atomic<bool> over{false};
      std::thread scribbler([&, seed = random_()] {
        std::mt19937_64 random(seed);
        auto* const page = reinterpret_cast<std::uint32_t*>(&ring_->page());
        while (!over.load()) {
          // Garbage, lengths as they may be, and words of its own page.
          const auto garbage = static_cast<std::uint32_t>(random() % 2 == 0 ? random() : random() % 2'000);
          scribble_at(place_of(random()), garbage);
          if (random() % 8 == 0) {
            scribble_at(page + 4 + random() % (runtime::ring_page_bytes / 4 - 4), garbage);
          }
        }
      });
      while (!refused_already()) {
        const Proposal proposal = order(next_, static_cast<std::int64_t>(next_));
        next_ += ring_->push(proposal.header, proposal.payload) ? 1 : 0;
        runtime::ring_doorbell(doorbell_.get());
      }
      over = true;
      scribbler.join();
      if (told().find("gateway-2 is refused") == std::string::npos) {
        return fail("it was not told that it is refused");
      }
      attach_again();
    }
    return 0;
  }

  // Two good proposals of one number lie in one place in turn. What is read may be either, or neither; never a mixture.
  int flip() {
    attach({});
    for (int refusals = 0; refusals < refusals_wanted;) {
      const std::uint64_t at = put_;
      const auto one = words_of(order(next_, static_cast<std::int64_t>(next_)));
      const auto two = words_of(order(next_, static_cast<std::int64_t>(next_) + other_content));
      const bool all_read = ring_->page().consumed.load() == put_;  // else it would lie over what is not read yet
      const bool mix = all_read && draw(20) == 0;                   // for certain, also where one core does both
      if (mix) {
        std::vector<std::uint32_t> mixture = two;
        std::copy_n(one.begin(), sizeof(ProposalHeader) / sizeof(std::uint32_t), mixture.begin());
        write_words(at, mixture, 0);
      } else if (push(order(next_, static_cast<std::int64_t>(next_)))) {
        for (std::uint64_t i = draw(40); i > 0; --i) {
          write_words(at, i % 2 == 0 ? one : two, 1);
          wake();
        }
        ++next_;
      }
      if (mix || refused_already()) {
        ++refusals;
        if (const std::string text = told(); text.find("its checksum does not match") == std::string::npos) {
          return fail(text);
        }
        attach_again();
      }
    }
    return 0;
  }

  int claim() {
    attach({});
    const std::uint32_t longest = runtime::proposal_bytes_max;
    const std::vector<std::uint32_t> lengths = {1,
                                                sizeof(ProposalHeader) - 1,
                                                longest + 1,
                                                longest + 8,
                                                static_cast<std::uint32_t>(capacity_),
                                                static_cast<std::uint32_t>(2 * capacity_),
                                                0x7fff'ffff,
                                                0x8000'0000,
                                                0xffff'fff8,
                                                0xffff'ffff,
                                                static_cast<std::uint32_t>(random_()) | 0x1000};
    for (const std::uint32_t length : lengths) {
      push_orders(draw(200));
      word_at(put_).store(length, std::memory_order_release);
      if (const std::string text = told(); text.find("no proposal") == std::string::npos) {
        return fail(text);
      }
      attach_again();
    }
    // A length that may be, of a proposal that is shorter.
    push_orders(draw(20));
    while (ring_->page().consumed.load() != put_) {
      wake();  // else it would lie over what is not read yet
    }
    Proposal proposal = order(next_);
    proposal.header.length = longest;
    write_words(put_, words_of(proposal), 0);
    const std::string text = told();
    return text.find("checksum") != std::string::npos ? 0 : fail(text);
  }

  int forge() {
    attach({});
    Proposal of_another_venue = order(1);
    of_another_venue.header.venue = VenueId(1);
    Proposal on_control = order(1);
    on_control.header.topic = topic::control;
    Proposal on_sessions = order(1);
    on_sessions.header.topic = topic::sessions;
    Proposal too_short = order(1);
    too_short.payload.resize(too_short.payload.size() - 8);
    Proposal reserved = order(1);
    reserved.header.reserved = 1;
    PublisherLost lost;
    lost.incarnation = of_another_;
    lost.publisher = gateway_1;
    constexpr std::uint64_t no_number = UINT64_MAX;
    constexpr std::uint64_t one_back = UINT64_MAX - 1;
    struct Row {
      Proposal proposal;
      std::uint64_t ahead;
      const char* told;
    };
    const std::vector<Row> rows = {
        {outcome(1), 0, "may not propose on this topic"},
        {Proposal::of(1, VenueDefined{}), 0, "may not propose on this topic"},
        {Proposal::of(1, lost), 0, "only the sequencer"},
        {Proposal::of(1, TermStarted{}), 0, "only the sequencer"},
        {Proposal::of(1, PublisherSuspended{}), 0, "only the sequencer"},
        {Proposal::of(1, PublishGranted{}), 0, "only the sequencer"},
        {on_control, 0, "only the sequencer"},
        {on_sessions, 0, "belong to another topic"},
        {too_short, 0, "does not have the size"},
        {reserved, 0, "reserved field"},
        {of_another_venue, 0, "another venue"},
        {order(1), 1 + draw(1'000), "not the publisher's next"},
        {order(1), no_number, "not the publisher's next"},
        {order(1, -5), one_back, "is not what was admitted as that"},
    };
    for (const Row& row : rows) {
      push_orders(1 + draw(20));
      Proposal proposal = row.proposal;
      proposal.header.publisher_seq = PublisherSeq(row.ahead == no_number  ? 0
                                                   : row.ahead == one_back ? next_ - 1
                                                                           : next_ + row.ahead);
      proposal.seal();
      push(proposal);
      if (const std::string text = told(); text.find(row.told) == std::string::npos) {
        return fail(text);
      }
      attach_again();
    }
    return forge_places();
  }
  int forge_places() {
    struct Row {
      Ask ask;
      AttachStatus status;
    };
    const std::vector<Row> rows = {
        {{"gateway-1", 0, {}}, AttachStatus::place_taken},
        {{"gateway-1", 0, of_another_}, AttachStatus::incarnation_over},
        {{"gateway-2", 0, of_another_}, AttachStatus::incarnation_over},
        {{"matching", 0, {}}, AttachStatus::place_taken},
        {{"matching", 2, {}}, AttachStatus::unknown_publisher},
        {{"matching", 65535, {}}, AttachStatus::unknown_publisher},
        {{"sequencer", 0, {}}, AttachStatus::unknown_publisher},
    };
    for (const Row& row : rows) {
      if (attach(row.ask) != row.status) {
        return fail("as " + row.ask.publisher + ": " + answer_.text.str());
      }
    }
    return 0;
  }

  template <class Make>
  int propose_on(const char* publisher, Make&& make) {
    attach({publisher, 0, {}});
    while (!refused_already()) {
      next_ += push(make(next_)) ? 1 : 0;
    }
    const std::string text = told();
    return text.find("proposes without end") != std::string::npos ? 0 : fail(text);
  }

  int spin() {
    attach({});
    while (true) {
      [[maybe_unused]] const std::uint64_t consumed = ring_->page().consumed.load();
    }
  }

  int come_and_go() {
    while (attach({}) == AttachStatus::attached) {
      push_orders(1);
    }
    return fail(answer_.text.str());
  }

  int knock() {
    std::vector<UniqueFd> silent;
    for (int i = 0; i < 150; ++i) {
      connect();
      silent.push_back(std::move(socket_));
    }
    const UniqueFd file(::open("/dev/null", O_RDWR | O_CLOEXEC));
    std::array<int, 2> pipe{};
    if (::pipe(pipe.data()) != 0) {
      return 1;
    }
    const UniqueFd reads(pipe[0]);
    const UniqueFd blocks(pipe[1]);
    for (int i = 0; i < 300; ++i) {
      std::vector<std::byte> bytes(1 + draw(runtime::packet_bytes_max));
      for (std::byte& byte : bytes) {
        byte = static_cast<std::byte>(random_());
      }
      if (draw(3) == 0) {  // a good request, cut short or with something that is no doorbell
        runtime::AttachRequest request;
        request.venue = venue;
        request.as = runtime::AttachAs::publisher;
        request.publisher = FixedString<32>("gateway-2");
        const auto whole = payload_of(request);
        bytes.assign(whole.begin(), whole.end() - static_cast<std::ptrdiff_t>(draw(2) * draw(whole.size())));
      }
      const std::array<int, 4> fds{blocks.get(), file.get(), reads.get(), blocks.get()};
      connect();
      const bool sent =
          runtime::send_packet(socket_.get(), bytes, std::span(fds).first(draw(runtime::packet_fds_max + 1)));
      runtime::Packet packet;
      if (sent && receive(packet) && packet.read_as(answer_) && answer_.status == AttachStatus::attached) {
        return fail("it was attached for something that is no request");
      }
    }
    return attach({}) == AttachStatus::attached ? 0 : fail("who behaves is not let in: " + answer_.text.str());
  }

  int fail(const std::string& text) {
    std::fprintf(stderr, "hostile: %s\n", text.c_str());
    return 1;
  }

  std::string socket_path_;
  std::mt19937_64 random_;
  Incarnation of_another_;
  UniqueFd bell_ = std::move(runtime::make_doorbell()).value();
  UniqueFd socket_;
  UniqueFd doorbell_;
  runtime::AttachAnswer answer_;
  std::optional<runtime::RingProducer> ring_;
  std::uint64_t next_ = 1;
  std::uint64_t put_ = 0;
  std::uint64_t capacity_ = 0;  // as the sequencer said, before anything was scribbled there
};

}  // namespace

int play_hostile(std::string_view socket, Hostility what, std::uint64_t seed, std::uint64_t of_another) {
  return Hostile(socket, seed, Incarnation::from_raw(of_another)).play(what);
}

}  // namespace cantus::test
