#include "tests/gateway/fix_peer.h"

#include "base/assert.h"

namespace cantus::test {

std::string FixWorld::time_text() const {
  std::string text;
  fix::append_utc_timestamp(text, clock().utc());
  return text;
}

FixPeer::FixPeer(FixWorld& world, std::uint16_t port, std::string peer_comp_id)
    : comp_id(std::move(peer_comp_id)), world_(world) {
  bool refused = false;
  world.network().connect({"127.0.0.1", port}, [this, &refused](Result<std::unique_ptr<runtime::Stream>> connected) {
    refused = !connected.ok();
    if (connected.ok()) {
      stream_ = std::move(connected).value();
      stream_->set_handler(this);
      stream_->resume_reading();
    }
  });
  while (stream_ == nullptr) {
    world.settle();
    CANTUS_ASSERT(!refused, "a gateway listens");
  }
}

FixPeer::~FixPeer() {
  if (stream_ != nullptr) {
    stream_->set_handler(nullptr);
  }
}

void FixPeer::send(const std::string& msg_type, const std::string& body) { send_as(next++, msg_type, body); }

void FixPeer::queue(const std::string& msg_type, const std::string& body) {
  const std::string bytes = fix_message("35=" + msg_type + "|34=" + std::to_string(next++) + "|49=" + comp_id +
                                        "|52=" + world_.time_text() + "|56=CANTUS|" + body);
  stream_->write(std::as_bytes(std::span(bytes)));
}

void FixPeer::send_as(std::uint32_t number, const std::string& msg_type, const std::string& body,
                      const std::string& header) {
  send_bytes(fix_message("35=" + msg_type + "|34=" + std::to_string(number) + "|49=" + comp_id +
                         "|52=" + world_.time_text() + "|56=CANTUS|" + header + body));
}

void FixPeer::send_bytes(const std::string& bytes) {
  stream_->write(std::as_bytes(std::span(bytes)));
  world_.settle();
}

void FixPeer::log_on(const std::string& extra) {
  send("A", "98=0|108=30|" + extra);
  world_.run();
}

void FixPeer::close() {
  stream_->set_handler(nullptr);
  stream_.reset();
  closed = true;
  world_.settle();
}

void FixPeer::read(bool reads) {
  if (reads) {
    stream_->resume_reading();
  } else {
    stream_->pause_reading();
  }
  world_.settle();
}

void FixPeer::on_bytes(std::span<const std::byte> bytes) {
  framer_.add(bytes);
  while (const auto message = framer_.next()) {
    received.emplace_back(*message);
  }
  CANTUS_ASSERT(framer_.garbled() == 0 && !framer_.broken(), "the venue sends good messages");
}

std::vector<std::string> FixPeer::take(bool times) {
  std::vector<std::string> texts;
  for (const std::string& message : received) {
    fix::FieldList fields;
    fields.split(message);
    std::string text;
    for (const fix::Field& field : fields.fields()) {
      const bool frame = field.tag == 8 || field.tag == 9 || field.tag == 10;
      const bool time = field.tag == 52 || field.tag == 60 || field.tag == 122;
      if (!frame && (times || !time)) {
        text += std::to_string(field.tag) + "=" + std::string(field.value) + "|";
      }
    }
    texts.push_back(text);
  }
  received.clear();
  return texts;
}

std::string FixPeer::take_brief() {
  std::string text;
  for (const std::string& message : received) {
    fix::FieldList fields;
    fields.split(message);
    text += text.empty() ? "" : " ";
    text += std::string(fields.find(35).value_or("?")) + ":" + std::string(fields.find(34).value_or("?"));
    if (fields.find(43) == "Y") {
      text += "d";  // PossDup
    }
    if (fields.find(97) == "Y") {
      text += "r";  // PossResend
    }
    if (const auto new_number = fields.find(36)) {
      text += ">" + std::string(*new_number);
    }
  }
  received.clear();
  return text;
}

std::string order_text(const std::string& cl_ord_id, char side, int qty, const std::string& price) {
  return "11=" + cl_ord_id + "|38=" + std::to_string(qty) + "|40=2|44=" + price + "|54=" + std::string(1, side) +
         "|55=AAPL|59=0|60=20261121-21:00:00.000|";
}

}  // namespace cantus::test
