#include "tests/e2e/raw_regulator.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

namespace cantus::e2e {

RawRegulator::RawRegulator(std::uint16_t port, std::uint64_t next_number)
    : listener_(listen_on_loopback(port)), next_number_(next_number) {
  thread_ = std::thread([this] { accept_all(); });
}

RawRegulator::~RawRegulator() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    if (venue_) {
      venue_->shut_down();
    }
  }
  thread_.join();
  ::close(listener_);
}

void RawRegulator::accept_all() {
  while (true) {
    const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    {
      const std::lock_guard lock(mutex_);
      if (ending_ || connection < 0) {
        ::close(connection);
        return;
      }
      venue_ = std::make_unique<RawFix>(RawFix::Accepted{connection}, "REG", "CANTUS");
    }
    serve();
    const std::lock_guard lock(mutex_);
    venue_.reset();
    logged_on_ = false;
  }
}

void RawRegulator::serve() {
  while (std::optional<RawMessage> message = venue_->receive()) {
    const std::lock_guard lock(mutex_);
    answer(*message);
    received_.push_back(std::move(*message));
    changed_.notify_all();
  }
}

void RawRegulator::answer(const RawMessage& message) {
  const std::string type = message.get(35);
  if (type == "A") {
    venue_->set_next_number(message.get(141) == "Y" ? 1 : next_number_);
    logged_on_as_ = venue_->next_number();
    RawFields fields = {{98, "0"}, {108, message.get(108)}};
    if (message.get(141) == "Y") {
      fields.emplace_back(141, "Y");
    }
    venue_->send("A", fields);
    logged_on_ = true;
  } else if (type == "AE" && message.get(43) != "Y") {
    venue_->send("AR", {{571, message.get(571)}, {150, "F"}, {55, message.get(55)}, {939, "0"}});
  } else if (type == "2") {
    // It asks for what it did not see: all of that, the Logon included, was the session layer's.
    venue_->send(
        "4", {{34, message.get(7)}, {43, "Y"}, {122, utc_now()}, {123, "Y"}, {36, std::to_string(logged_on_as_ + 1)}});
  } else if (type == "1") {
    venue_->send("0", {{112, message.get(112)}});
  } else if (type == "5") {
    venue_->send("5", {});
  }
  next_number_ = venue_->next_number();
}

void RawRegulator::wait_logged_on() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return logged_on_; });
}

// What came until the venue has answered a TestRequest.
std::vector<RawMessage> RawRegulator::drain(std::unique_lock<std::mutex>& lock) {
  const auto before = static_cast<std::ptrdiff_t>(received_.size());
  const std::string word = "END" + std::to_string(++asked_);
  venue_->send("1", {{112, word}});
  next_number_ = venue_->next_number();
  const auto end = [&] {
    return std::find_if(received_.begin() + before, received_.end(),
                        [&word](const RawMessage& message) { return message.get(112) == word; });
  };
  changed_.wait(lock, [&] { return end() != received_.end(); });
  return {received_.begin() + before, end()};
}

std::vector<RawMessage> RawRegulator::ask_for_everything() {
  std::unique_lock lock(mutex_);
  (void)drain(lock);
  venue_->send("2", {{7, "1"}, {16, "0"}});
  return drain(lock);
}

std::vector<RawMessage> RawRegulator::received() const {
  const std::lock_guard lock(mutex_);
  return received_;
}

std::uint64_t RawRegulator::next_number() const {
  const std::lock_guard lock(mutex_);
  return next_number_;
}

}  // namespace cantus::e2e
