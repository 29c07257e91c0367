// A replica whose memory went wrong once: one bit of one wish is not what its machine computed.
#pragma once

#include "messages/machine.h"

namespace cantus::test {

class OneWrongBit final : public Application {
 public:
  // `number`: the wish that is wrong; 0: none, ever. Both must outlive this.
  OneWrongBit(Application& machine, PublisherSeq number) : machine_(machine), number_(number) {}

  void apply(const Event& event) override {
    machine_.apply(event);
    const WishQueue& wishes = machine_.wishes();
    if (!done_ && !number_.is_zero() && wishes.next_number() > number_ && wishes.first_number() <= number_) {
      done_ = true;
      const WishView wish = wishes.at(number_.get() - wishes.first_number().get());
      // Nothing in the program can do this; a cosmic ray asks nobody.
      auto& byte = const_cast<std::byte&>(wish.payload[byte_of(wish)]);
      const auto value = std::to_integer<unsigned>(byte);
      byte = static_cast<std::byte>(value & (value - 1));
    }
  }
  void apply_void(const Event& record, bool may_have_left) override { machine_.apply_void(record, may_have_left); }
  [[nodiscard]] Digest digest() const override { return machine_.digest(); }
  [[nodiscard]] WishQueue& wishes() override { return machine_.wishes(); }
  void save(SnapshotWriter& out) const override { machine_.save(out); }
  [[nodiscard]] Status restore(const SnapshotSections& from) override { return machine_.restore(from); }

 private:
  // The bit that goes is the least one that is set in this byte: of the price of a trade, so that a client would be
  // told a wrong one (a lower one, for a higher one than was reserved is no outcome that anybody could apply); else of
  // the message.
  static std::size_t byte_of(const WishView& wish) {
    std::size_t at = wish.type == Trade::type ? offsetof(Trade, price) : std::size_t{0};
    while (wish.payload[at] == std::byte{0}) {
      ++at;
    }
    return at;
  }

  Application& machine_;
  PublisherSeq number_;
  bool done_ = false;
};

}  // namespace cantus::test
