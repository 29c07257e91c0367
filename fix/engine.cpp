#include "fix/engine.h"

#include "base/assert.h"
#include "fix/dictionary.h"
#include "fix/quickfix.h"

namespace cantus::fix {

namespace {

// A day that never ends: it begins a nanosecond after midnight and ends at midnight, so every time is within it, and
// two times are in the same one unless a whole day lies between. The store's creation time is always "now".
FIX::TimeRange never_ending() { return {FIX::UtcTimeOnly(0, 0, 0, 1, 9), FIX::UtcTimeOnly(0, 0, 0, 0, 9)}; }

class QuickFixMessage final : public InboundMessage {
 public:
  explicit QuickFixMessage(const FIX::Message& message)
      : message_(message), type_(message.getHeader().getField(FIX::FIELD::MsgType)) {
    number_ = parse_seq_num(message.getHeader().getField(FIX::FIELD::MsgSeqNum)).value_or(MsgSeqNum(0));
  }
  [[nodiscard]] std::string_view msg_type() const override { return type_; }
  [[nodiscard]] MsgSeqNum number() const override { return number_; }
  [[nodiscard]] bool poss_dup() const override { return flag(FIX::FIELD::PossDupFlag); }
  [[nodiscard]] bool poss_resend() const override { return flag(FIX::FIELD::PossResend); }
  [[nodiscard]] std::optional<TimeNs> orig_sending_time() const override {
    const FIX::Header& header = message_.getHeader();
    return header.isSetField(FIX::FIELD::OrigSendingTime)
               ? parse_utc_timestamp(header.getField(FIX::FIELD::OrigSendingTime))
               : std::nullopt;
  }
  [[nodiscard]] std::optional<std::string_view> find(std::uint32_t tag) const override {
    const auto field = static_cast<int>(tag);
    if (!message_.isSetField(field)) {
      return std::nullopt;
    }
    return message_.getField(field);
  }

 private:
  [[nodiscard]] bool flag(int tag) const {
    return message_.getHeader().isSetField(tag) && message_.getHeader().getField(tag) == "Y";
  }

  const FIX::Message& message_;
  std::string type_;
  MsgSeqNum number_;
};

std::uint32_t number_in(const FIX::FieldMap& map, int tag) {
  return map.isSetField(tag) ? static_cast<std::uint32_t>(parse_digits(map.getField(tag), 0xffffffff).value_or(0)) : 0;
}

std::string text_in(const FIX::FieldMap& map, int tag) { return map.isSetField(tag) ? map.getField(tag) : ""; }

Invented invented_of(const FIX::Message& message) {
  const FIX::Header& header = message.getHeader();
  Invented invented;
  invented.number = MsgSeqNum(number_in(header, FIX::FIELD::MsgSeqNum));
  invented.msg_type = header.getField(FIX::FIELD::MsgType);
  if (invented.msg_type == "3") {
    invented.ref_seq_num = MsgSeqNum(number_in(message, FIX::FIELD::RefSeqNum));
    invented.ref_tag_id = number_in(message, FIX::FIELD::RefTagID);
    if (message.isSetField(FIX::FIELD::SessionRejectReason)) {
      invented.session_reject_reason = number_in(message, FIX::FIELD::SessionRejectReason);
    }
    invented.ref_msg_type = text_in(message, FIX::FIELD::RefMsgType);
    invented.text = text_in(message, FIX::FIELD::Text);
  }
  return invented;
}

FIX::Message message_of_type(const char* type) {
  FIX::Message message;
  message.getHeader().setField(FIX::FIELD::MsgType, type);
  return message;
}

}  // namespace

struct Engine::Impl final : FIX::Application, FIX::Responder, FIX::MessageStoreFactory {
  // Numbers alone: messages are re-created from the log, never read from here.
  struct Store final : FIX::MessageStore {
    explicit Store(Impl& owner) : impl(owner) {}
    bool set(int, const std::string&) override { return true; }
    void get(int, int, std::vector<std::string>&) const override {}
    int getNextSenderMsgSeqNum() const override { return impl.next_sender; }
    int getNextTargetMsgSeqNum() const override { return impl.next_target; }
    void setNextSenderMsgSeqNum(int value) override { impl.next_sender = value; }
    void setNextTargetMsgSeqNum(int value) override { impl.next_target = value; }
    void incrNextSenderMsgSeqNum() override { ++impl.next_sender; }
    void incrNextTargetMsgSeqNum() override { ++impl.next_target; }
    FIX::UtcTimeStamp getCreationTime() const override { return {}; }
    // Called for a Logon with 141=Y. Whether numbers begin anew is decided on the log before the Logon gets here, and
    // then they stand at their beginning already.
    void reset() override {
      if (impl.next_sender != 1 || impl.next_target != 1) {
        impl.handler.on_note("QuickFIX asked for a reset of the numbers and did not get it");
      }
    }
    void refresh() override {}
    Impl& impl;
  };

  Impl(EngineSetup engine_setup, EngineHandler& engine_handler)
      : setup(std::move(engine_setup)),
        handler(engine_handler),
        next_sender(static_cast<int>(setup.next_outbound.get())),
        next_target(static_cast<int>(setup.next_inbound.get())),
        session(*this, *this,
                FIX::SessionID(setup.names.begin_string, setup.names.sender, setup.names.target, setup.qualifier),
                dictionaries(), never_ending(), setup.initiator ? setup.heartbeat_s : 0, nullptr) {
    session.setCheckLatency(false);  // the driver's, by its clock
    session.setMillisecondsInTimeStamp(true);
    session.setResponder(this);
  }

  FIX::SessionState& state() { return *static_cast<FIX::SessionState*>(session.getLog()); }

  // A stand-in with a number too high, whose header `value_of` gives field by field.
  template <class ValueOf>
  bool ask_for_missing(ValueOf value_of) {
    // QuickFIX asks once for each gap, and takes note of its end only where it counts a number itself.
    if (next_target > state().resendRange().second) {
      state().resendRange(0, 0);
    }
    return guarded([&] {
      FIX::Message stand_in = message_of_type("0");
      FIX::Header& header = stand_in.getHeader();
      for (const int tag : {FIX::FIELD::BeginString, FIX::FIELD::MsgSeqNum, FIX::FIELD::SenderCompID,
                            FIX::FIELD::TargetCompID, FIX::FIELD::SendingTime}) {
        header.setField(tag, value_of(tag));
      }
      header.setField(FIX::FIELD::BodyLength, "0");
      stand_in.getTrailer().setField(FIX::FIELD::CheckSum, "000");
      session.next(stand_in, FIX::UtcTimeStamp());
    });
  }

  // Runs `f` so that nothing leaves; false if something tried to. QuickFIX's queue of messages that are ahead of a gap
  // stays empty: it has no bound, keeps what a SequenceReset went past, and is drained only by some of its own calls.
  template <class F>
  bool guarded(F&& f) {
    const bool returned = returns(f);
    state().clearQueue();
    if (!returned) {
      return false;
    }
    // From the Logon on the driver keeps time.
    if (session.isLoggedOn()) {
      state().heartBtInt(FIX::HeartBtInt(0));
    }
    return true;
  }

  template <class F>
  bool returns(F& f) {
    try {
      f();
      return true;
    } catch (const std::exception& error) {
      handler.on_note(error.what());
    } catch (...) {
      handler.on_note("an exception of no known type");
    }
    return false;
  }

  bool send(FIX::Message& message) {
    return guarded([&] { session.send(message); });
  }

  // FIX::Application
  void onCreate(const FIX::SessionID&) override {}
  void onLogon(const FIX::SessionID&) override {}
  void onLogout(const FIX::SessionID&) override {}
  void toAdmin(FIX::Message& message, const FIX::SessionID&) override {
    FIX::Header& header = message.getHeader();
    std::string time;
    append_utc_timestamp(time, handler.sending_time());
    header.setField(FIX::FIELD::SendingTime, time);
    if (header.getField(FIX::FIELD::MsgType) == "A") {
      if (setup.reset_logon) {
        message.setField(FIX::FIELD::ResetSeqNumFlag, "Y");
      }
      if (setup.next_expected) {
        message.setField(FIX::FIELD::NextExpectedMsgSeqNum, std::to_string(setup.next_expected->get()));
      }
    }
    handler.on_invented(invented_of(message));
  }
  // Every application message is rendered from the log and does not come this way; so this is one that QuickFIX
  // invented.
  void toApp(FIX::Message&, const FIX::SessionID&) override { throw FIX::DoNotSend(); }
  void fromAdmin(const FIX::Message& message, const FIX::SessionID&) override {
    const std::string& type = message.getHeader().getField(FIX::FIELD::MsgType);
    if (type == "0" && message.isSetField(FIX::FIELD::TestReqID)) {
      handler.on_heartbeat(message.getField(FIX::FIELD::TestReqID));
    } else if (type == "5") {
      handler.on_logout();
    }
  }
  void fromApp(const FIX::Message& message, const FIX::SessionID&) override {
    if (message.getHeader().getField(FIX::FIELD::MsgType) == unsupported_type) {
      handler.on_application(Unsupported(message), true);
    } else {
      handler.on_application(QuickFixMessage(message), false);
    }
  }

  // Shows the type that the peer sent, not the one that stood in for it.
  class Unsupported final : public InboundMessage {
   public:
    explicit Unsupported(const FIX::Message& message)
        : inner_(message), type_(message.getField(FIX::FIELD::RefMsgType)) {}
    [[nodiscard]] std::string_view msg_type() const override { return type_; }
    [[nodiscard]] MsgSeqNum number() const override { return inner_.number(); }
    [[nodiscard]] bool poss_dup() const override { return inner_.poss_dup(); }
    [[nodiscard]] bool poss_resend() const override { return inner_.poss_resend(); }
    [[nodiscard]] std::optional<std::string_view> find(std::uint32_t) const override { return std::nullopt; }

   private:
    QuickFixMessage inner_;
    std::string type_;
  };

  // FIX::Responder
  bool send(const std::string& bytes) override {
    handler.on_bytes_out(bytes);
    return true;
  }
  void disconnect() override { handler.on_end(); }

  // FIX::MessageStoreFactory
  FIX::MessageStore* create(const FIX::SessionID&) override { return &store; }
  void destroy(FIX::MessageStore*) override {}

  EngineSetup setup;
  EngineHandler& handler;
  int next_sender;
  int next_target;
  Store store{*this};
  FIX::Session session;  // last: its constructor asks for the store
};

Engine::Engine(EngineSetup setup, EngineHandler& handler) : impl_(std::make_unique<Impl>(std::move(setup), handler)) {}
Engine::~Engine() = default;

bool Engine::feed(const std::string& message) {
  return impl_->guarded([&] { impl_->session.next(message, FIX::UtcTimeStamp()); });
}

bool Engine::feed_for_number_only(const std::string& message) {
  return impl_->guarded([&] {
    const FIX::Message whole(message, dictionary(), true);
    FIX::Message stand_in = message_of_type("0");
    stand_in.getHeader() = whole.getHeader();
    stand_in.getHeader().setField(FIX::FIELD::MsgType, "0");
    stand_in.getTrailer() = whole.getTrailer();
    impl_->session.next(stand_in, FIX::UtcTimeStamp());
  });
}

bool Engine::feed_unsupported(const std::string& message, std::string_view msg_type) {
  return impl_->guarded([&] {
    const FIX::Message whole(message, dictionary(), true);
    FIX::Message stand_in;
    stand_in.getHeader() = whole.getHeader();
    stand_in.getHeader().setField(FIX::FIELD::MsgType, std::string(unsupported_type));
    stand_in.setField(FIX::FIELD::RefMsgType, std::string(msg_type));
    stand_in.getTrailer() = whole.getTrailer();
    impl_->session.next(stand_in, FIX::UtcTimeStamp());
  });
}

bool Engine::ask_for_missing(const FieldList& message) {
  return impl_->ask_for_missing(
      [&](int tag) { return std::string(message.find(static_cast<std::uint32_t>(tag)).value_or("")); });
}

bool Engine::ask_for_missing(MsgSeqNum ahead) {
  return impl_->ask_for_missing([&](int tag) -> std::string {
    switch (tag) {
      case FIX::FIELD::BeginString:
        return impl_->setup.names.begin_string;
      case FIX::FIELD::MsgSeqNum:
        return std::to_string(ahead.get());
      case FIX::FIELD::SenderCompID:
        return impl_->setup.names.target;
      case FIX::FIELD::TargetCompID:
        return impl_->setup.names.sender;
      default:
        return "20000101-00:00:00";  // SendingTime is the driver's to judge
    }
  });
}

void Engine::pass_over(MsgSeqNum number) {
  CANTUS_ASSERT(number == next_inbound(), "numbers are counted in order");
  ++impl_->next_target;
}

bool Engine::count(MsgSeqNum number) {
  if (number != next_inbound() || !impl_->session.isLoggedOn() || impl_->state().resendRequested() ||
      impl_->state().sentLogout()) {
    return false;
  }
  ++impl_->next_target;
  return true;
}

void Engine::start_logon() {
  impl_->guarded([&] { impl_->session.next(); });
}

void Engine::send_heartbeat() {
  FIX::Message message = message_of_type("0");
  impl_->send(message);
}

void Engine::send_test_request(const std::string& id) {
  FIX::Message message = message_of_type("1");
  message.setField(FIX::FIELD::TestReqID, id);
  impl_->send(message);
}

void Engine::send_logout(const std::string& text) {
  FIX::Message message = message_of_type("5");
  if (!text.empty()) {
    message.setField(FIX::FIELD::Text, text);
  }
  if (impl_->send(message)) {
    impl_->state().sentLogout(true);  // so that the peer's Logout is taken for the answer
  }
}

void Engine::send_reject(const Invented& content) {
  FIX::Message message = message_of_type("3");
  message.setField(FIX::FIELD::RefSeqNum, std::to_string(content.ref_seq_num.get()));
  if (content.ref_tag_id != 0) {
    message.setField(FIX::FIELD::RefTagID, std::to_string(content.ref_tag_id));
  }
  if (content.session_reject_reason) {
    message.setField(FIX::FIELD::SessionRejectReason, std::to_string(*content.session_reject_reason));
  }
  if (!content.ref_msg_type.empty()) {
    message.setField(FIX::FIELD::RefMsgType, content.ref_msg_type);
  }
  if (!content.text.empty()) {
    message.setField(FIX::FIELD::Text, content.text);
  }
  impl_->send(message);
  // A SequenceReset that was refused is as if it had not come, as in QuickFIX.
  if (content.ref_seq_num == next_inbound() && content.ref_msg_type != "4") {
    ++impl_->next_target;
  }
}

MsgSeqNum Engine::next_outbound() const { return MsgSeqNum(static_cast<std::uint32_t>(impl_->next_sender)); }
MsgSeqNum Engine::next_inbound() const { return MsgSeqNum(static_cast<std::uint32_t>(impl_->next_target)); }

MsgSeqNum Engine::take_outbound() {
  const MsgSeqNum number = next_outbound();
  ++impl_->next_sender;
  return number;
}

bool Engine::logged_on() const { return impl_->session.isLoggedOn(); }

}  // namespace cantus::fix
