#include "regreport/app/trade_reporter.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "runtime/logging.h"

namespace cantus::regreport {
namespace {

constexpr std::chrono::milliseconds tick_period{50};

// TrdRptStatus (939)
constexpr std::string_view accepted = "0";
constexpr std::string_view accepted_with_errors = "3";

bool begins_with_duplicate(std::string_view text) {
  constexpr std::string_view word = "duplicate";
  return text.size() >= word.size() &&
         std::equal(word.begin(), word.end(), text.begin(), [](char expected, char given) {
           return expected == (given >= 'A' && given <= 'Z' ? static_cast<char>(given - 'A' + 'a') : given);
         });
}

// What an AR says of a report. FIX 4.4 has no code for a duplicate: facilities refuse with a text.
ReportStatus status_of(const fix::InboundMessage& message) {
  const std::string_view status = message.find(939).value_or(accepted);
  if (status == accepted || status == accepted_with_errors) {
    return ReportStatus::accepted;
  }
  return begins_with_duplicate(message.find(58).value_or("")) ? ReportStatus::duplicate : ReportStatus::rejected;
}

}  // namespace

TradeReporter::TradeReporter(TradeReporterOptions options, runtime::Network& network, const runtime::Clock& clock,
                             fix::LogAccess& log, fix::SessionLog& session_log)
    : options_(std::move(options)),
      network_(network),
      clock_(clock),
      log_(log),
      session_log_(session_log),
      far_end_(options_.name, "the regulator", options_.regulator.text()),
      pause_ns_(options_.retry_min_ns) {}

TradeReporter::~TradeReporter() { *alive_ = false; }

void TradeReporter::use(host::EdgeProposer& proposer) {
  proposer_ = &proposer;
  services_ = std::make_unique<fix::DriverServices>(fix::DriverServices{.clock = venue_time_,
                                                                        .refdata = refdata_,
                                                                        .sessions = sessions_,
                                                                        .index = index_,
                                                                        .exceptions = exceptions_,
                                                                        .proposer = proposer,
                                                                        .log = log_,
                                                                        .messages = session_log_,
                                                                        .latency = nullptr,
                                                                        .qualifier = options_.name,
                                                                        .limits = options_.driver,
                                                                        .avoided = options_.avoided,
                                                                        .applied = restored_at_});
  tick_ = network_.every(tick_period, [this] { on_tick(); });
}

bool TradeReporter::log_out(const std::string& text) {
  stopping_ = true;
  if (fix::SessionDriver* driver = living_driver(); driver != nullptr) {
    driver->log_out(text, DownReason::gateway_stopping);
  } else {
    drop_connection("the venue is ending");
  }
  flush_records();
  return living_driver() == nullptr && !down_;
}

// ---- what the log says

Status TradeReporter::restore(const SnapshotSections& from) {
  restored_at_ = from.taken_at().position.seq();
  return restore_in_order(from, refdata_, sessions_, index_, exceptions_);
}

void TradeReporter::apply(const Event& event) {
  services_->applied = event.header->seq;
  venue_time_.note(event.header->time);
  refdata_.apply(event);
  sessions_.apply(event);
  index_.apply(event);
  event.begun_by(MachineName::gateway);
  exceptions_.apply(event);
  const bool own = event.header->publisher == proposer_->publisher();
  if (own && event.is<Takeover>()) {
    on_taken(event);
  } else if (own && event.is<SessionReset>()) {
    on_reset(event);
  }
  if (event.is<Takeover>() || event.is<SessionReset>() || event.is<PublisherLost>()) {
    fix::take_back_stale(*proposer_, sessions_);
  }
  check_ownership();
  if (own && event.is<SessionAdminSent>()) {
    fix::SessionDriver* const driver = living_driver();
    if (driver != nullptr && driver->setup().epoch == event.as<SessionAdminSent>().epoch) {
      if (sessions_.effect() == Effect::took) {
        driver->on_own_record(event.as<SessionAdminSent>().number, event.header->seq);
      } else {
        driver->close_in_silence();  // what it stands for must not leave
      }
    }
  }
  if (fix::SessionDriver* const driver = living_driver(); driver != nullptr && says_void(event)) {
    driver->on_voided();
  }
  hand_out(event);
}

void TradeReporter::hand_out(const Event& event) {
  fix::SessionDriver* const driver = living_driver();
  if (driver == nullptr) {
    return;
  }
  for (const OutboundIndex::Given& given : index_.given()) {
    if (given.session == session_ && given.entry.application && !given.entry.reissued) {
      driver->on_given(event, given, 0);
      ++figures_.reports;
    }
  }
}

bool TradeReporter::holds_current_epoch() const {
  return sessions_.inbound(session_).epoch == epoch_ && !sessions_.inbound(session_).owner.is_zero();
}

// Whoever lost the session closes without a byte; whoever is to make room for a reset says Logout.
void TradeReporter::check_ownership() {
  if (state_ != State::serving && state_ != State::owning && state_ != State::resetting) {
    return;
  }
  fix::SessionDriver* const driver = living_driver();
  const Generation generation = driver != nullptr ? driver->setup().generation : sessions_.inbound(session_).generation;
  if (!sessions_.current(session_, generation, epoch_)) {
    if (driver != nullptr) {
      driver->close_in_silence();
    } else {
      drop_connection("another connection took the session");
    }
  } else if (refdata_.is_disabled(session_)) {
    if (driver != nullptr) {
      driver->log_out("the venue has disabled this session", DownReason::logout_by_venue);
    } else {
      drop_connection("an operator has disabled the session");
    }
  } else if (driver != nullptr && sessions_.inbound(session_).reset_pending) {
    driver->log_out("the session's numbers begin anew", DownReason::logout_by_venue);
  }
}

void TradeReporter::on_taken(const Event& event) {
  const auto& takeover = event.as<Takeover>();
  if (takeover.incarnation != incarnation_) {
    return;  // of an earlier life of this edge
  }
  const bool took = sessions_.effect() == Effect::took;
  if (state_ != State::taking || takeover.connection != connection_) {
    if (took) {  // the connection ended in the meantime
      down_ =
          SessionDown{event.position(), takeover.session, takeover.expected_generation, DownReason::peer_closed, {}};
      flush_records();
    }
    return;
  }
  if (!took) {
    drop_connection("another connection took the session");
    return;
  }
  epoch_ = event.position();
  const OutboundState& outbound = sessions_.outbound(session_);
  const Generation generation = sessions_.inbound(session_).generation;
  // A Logon of this generation with 141=Y may or may not have arrived. Numbers that the peer does not expect would be
  // refused for ever, so the numbering begins anew until one reset is confirmed.
  const bool reset_unconfirmed =
      generation > Generation(1) && sessions_.logon_number(session_) > MsgSeqNum(1) && outbound.delivered.is_zero();
  if (reset_unconfirmed) {
    state_ = State::owning;
    propose_reset();
  } else {
    serve();
  }
}

void TradeReporter::propose_reset() {
  if (!may_propose()) {
    return;  // the next tick tries again
  }
  SessionReset reset;
  reset.epoch = epoch_;
  reset.session = session_;
  reset.expected_generation = sessions_.inbound(session_).generation;
  reset.reason = ResetReason::never_confirmed;
  state_ = State::resetting;
  proposer_->propose(reset);
}

void TradeReporter::on_reset(const Event& event) {
  if (event.as<SessionReset>().epoch != epoch_ || sessions_.effect() != Effect::took) {
    return;
  }
  if (state_ == State::resetting) {
    serve();
  } else if (const InboundState& inbound = sessions_.inbound(session_);
             living_driver() == nullptr && inbound.epoch == epoch_ && inbound.owner == incarnation_) {
    // The connection ended in the meantime; the SessionDown behind this record is of the old generation.
    down_ = SessionDown{epoch_, session_, inbound.generation, DownReason::peer_closed, {}};
    flush_records();
  }
}

void TradeReporter::serve() {
  const SessionDefined* const session = refdata_.session(session_);
  fix::DriverSetup setup;
  setup.session = session_;
  setup.generation = sessions_.inbound(session_).generation;
  setup.epoch = epoch_;
  setup.initiator = true;
  setup.heartbeat_s = session->heartbeat_min_s;
  setup.reset_logon = setup.generation > Generation(1) && sessions_.logon_number(session_) == MsgSeqNum(1) &&
                      sessions_.inbound(session_).next_inbound == MsgSeqNum(1);
  fix::DriverOwner& owner = *this;
  fix::InboundApplication& application = *this;
  driver_.reset();  // two of one session must not live at once
  driver_ = std::make_unique<fix::SessionDriver>(*services_, owner, application, std::move(setup), std::move(stream_),
                                                 fix::Framer(fix::FramingLimits{}), std::string());
  state_ = State::serving;
  driver_->begin();
}

void TradeReporter::on_stable(Seq stable) {
  services_->stable = stable;
  if (fix::SessionDriver* driver = living_driver(); driver != nullptr && driver->waiting()) {
    driver->on_stable();
  }
}

void TradeReporter::on_attached(const host::Attachment& attachment) {
  attached_ = true;
  incarnation_ = attachment.incarnation;
  fix::take_back_stale(*proposer_, sessions_);
  held_.reset();
  if (const fix::SessionDriver* driver = living_driver(); driver != nullptr) {
    held_ = SessionHeld{driver->setup().epoch, session_, driver->setup().generation};
  }
  flush_records();
}

void TradeReporter::on_lost() {
  runtime::log_warning(options_.name + ": taken for lost; the connection is closed");
  attached_ = false;
  if (fix::SessionDriver* driver = living_driver(); driver != nullptr) {
    driver->close_in_silence();
  }
  drop_connection("the sequencer took this process for lost");
  down_.reset();
  held_.reset();
}

// Our proposals are well-formed, so it is a permission that we lack; numbers behind the refused one are forgotten.
void TradeReporter::on_refused(PublisherSeq number, const std::string& why) {
  runtime::log_error(options_.name + ": proposal " + std::to_string(number.get()) + " was refused: " + why);
  if (fix::SessionDriver* driver = living_driver(); driver != nullptr) {
    const fix::DriverSetup setup = driver->setup();
    driver->close_in_silence();
    down_ = SessionDown{setup.epoch, setup.session, setup.generation, DownReason::protocol_error, {}};
  }
  drop_connection("the sequencer refused a proposal");
  flush_records();
}

// ---- the connection

void TradeReporter::on_tick() {
  if (driver_ != nullptr && driver_->over()) {
    driver_.reset();
  }
  flush_records();
  if (fix::SessionDriver* driver = living_driver(); driver != nullptr) {
    driver->on_tick();
    figures_.logged_on = driver->logged_on();
    if (driver->logged_on()) {
      far_end_.connected();
    }
    return;
  }
  figures_.logged_on = false;
  const std::int64_t now = clock_.monotonic_ns();
  const SessionDefined* const session = refdata_.complete() ? refdata_.regulator_session() : nullptr;
  if (state_ == State::idle && !stopping_ && attached_ && session != nullptr && !down_ &&
      !refdata_.is_disabled(session->session) && now >= next_attempt_ns_) {
    connect(session->session);
  } else if (state_ == State::connected) {
    propose_takeover();
  } else if (state_ != State::idle && state_ != State::serving &&
             now - state_since_ns_ > options_.takeover_timeout_ns) {
    drop_connection(state_ == State::connecting ? "no answer to an attempt to connect"
                                                : "the venue's log did not take the connection in time");
  } else if (state_ == State::owning) {
    propose_reset();
  }
}

void TradeReporter::connect(SessionId session) {
  session_ = session;
  state_ = State::connecting;
  state_since_ns_ = clock_.monotonic_ns();
  connection_ = connection_.next();
  ++figures_.connections;
  network_.connect(options_.regulator,
                   [this, alive = alive_, connection = connection_](Result<std::unique_ptr<runtime::Stream>> stream) {
                     if (!*alive || state_ != State::connecting || connection != connection_) {
                       return;
                     }
                     if (!stream.ok()) {
                       drop_connection(stream.error().text);
                       return;
                     }
                     stream_ = std::move(stream).value();
                     state_ = State::connected;
                     propose_takeover();
                   });
}

void TradeReporter::propose_takeover() {
  if (!may_propose()) {
    return;  // the next tick tries again
  }
  Takeover takeover;
  takeover.expected_epoch = sessions_.inbound(session_).epoch;
  takeover.incarnation = incarnation_;
  takeover.connection = connection_;
  takeover.session = session_;
  takeover.expected_generation = sessions_.inbound(session_).generation;
  proposer_->propose(takeover);
  state_ = State::taking;
}

// Before a driver has it: closed without a byte. An epoch that was taken is given back.
void TradeReporter::drop_connection(const std::string& why) {
  if (state_ == State::idle || state_ == State::serving) {
    return;
  }
  far_end_.lost(why);
  if ((state_ == State::owning || state_ == State::resetting) && holds_current_epoch()) {
    down_ = SessionDown{epoch_, session_, sessions_.inbound(session_).generation, DownReason::protocol_error, {}};
  }
  stream_.reset();
  pause_before_retry(false);
}

void TradeReporter::pause_before_retry(bool was_logged_on) {
  state_ = State::idle;
  pause_ns_ = was_logged_on ? options_.retry_min_ns : pause_ns_;
  next_attempt_ns_ = clock_.monotonic_ns() + pause_ns_;
  pause_ns_ = std::min(pause_ns_ * 2, options_.retry_max_ns);
}

void TradeReporter::on_over(fix::SessionDriver& driver, std::optional<DownReason> down) {
  if (down) {
    down_ = SessionDown{driver.setup().epoch, driver.setup().session, driver.setup().generation, *down, {}};
  }
  far_end_.lost(driver.was_logged_on() ? "the session has ended" : "the connection ended before a Logon came back");
  pause_before_retry(driver.was_logged_on());
  flush_records();
}

void TradeReporter::flush_records() {
  if (held_ && may_propose()) {
    proposer_->propose(*held_);
    held_.reset();
  }
  if (down_ && may_propose()) {
    proposer_->propose(*down_);
    down_.reset();
  }
}

fix::SessionDriver* TradeReporter::living_driver() const {
  return driver_ == nullptr || driver_->over() ? nullptr : driver_.get();
}

// ---- what the regulator says

// Every application message of the peer becomes a record, so that its number counts; one that is no AR, or answers no
// report of ours, is recorded as an answer to trade 0.
void TradeReporter::take(const fix::InboundMessage& message, bool unsupported, const ClientRef& client) {
  ReportAnswered answered;
  answered.client = client;
  if (unsupported) {
    answered.status = ReportStatus::rejected;
    answered.text = FixedString<64>::cut("unsupported message of type " + std::string(message.msg_type()));
  } else {
    answered.trade = parse_log_seq(message.find(571).value_or("")).value_or(TradeId());
    answered.status = status_of(message);
    answered.reject_reason =
        static_cast<std::uint32_t>(fix::parse_digits(message.find(751).value_or("0"), 0xffffffff).value_or(0));
    answered.text = FixedString<64>::cut(message.find(58).value_or(""));
  }
  proposer_->propose(answered);
  ++figures_.answers;
}

}  // namespace cantus::regreport
