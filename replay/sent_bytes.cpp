#include "replay/sent_bytes.h"

#include "eventlog/hash.h"

namespace cantus::replay {

Result<Recreated> SentBytes::recreate(const GenerationNumbers& of, MsgSeqNum number) {
  const OutboundEntry& entry = *of.at(number);
  std::optional<Event> event = log_.read(entry.cause);
  if (!event) {
    return Error{ErrorCode::failed, "record " + std::to_string(entry.cause.get()) + " cannot be read"};
  }
  if (exceptions_.is_gap(*event)) {
    return Error{ErrorCode::not_found, "the record is void, and nothing of it was to leave"};
  }
  exceptions_.annotate(*event);
  Recreated message;
  message.cause = entry.cause;
  message.inputs = {number, event->header->time, entry.reissued};
  fix::Rendered rendered;
  const ReportRef report{of.session, entry.kind, entry.side, entry.index};
  if (!fix::render(*event, refdata_, report, rendered, entry.reissued)) {
    return Error{ErrorCode::corrupt, "the record is no cause of such a message"};
  }
  message.msg_type = std::move(rendered.msg_type);
  message.body = std::move(rendered.body);
  message.poss_resend = rendered.poss_resend;
  if (entry.position != entry.cause) {
    event = log_.read(entry.position);
    if (!event) {
      return Error{ErrorCode::failed, "record " + std::to_string(entry.position.get()) + " cannot be read"};
    }
    message.inputs.position_time = event->header->time;
  }
  return message;
}

std::string SentBytes::at_once(const Recreated& message, SessionId session) const {
  return fix::compose(fix::names_of(*refdata_.session(session)), message.msg_type,
                      fix::first_sending(message.inputs, message.poss_resend, message.inputs.position_time),
                      message.body);
}

std::string SentBytes::again(const Recreated& message, SessionId session, TimeNs now) const {
  return fix::compose(fix::names_of(*refdata_.session(session)), message.msg_type,
                      fix::resending(message.inputs, message.poss_resend, now), message.body);
}

std::string session_name(const SessionDefined& session) {
  return session.our_comp_id.str() + "-" + session.their_comp_id.str();
}

GenerationBytes recreate_all(SentBytes& bytes, const ReferenceData& refdata, const GenerationNumbers& numbers) {
  GenerationBytes result;
  SessionBytes& sent = result.sent;
  sent.session = numbers.session;
  sent.name = session_name(*refdata.session(numbers.session));
  sent.generation = numbers.generation;
  eventlog::Sha256 sha;
  for (std::size_t i = 0; i < numbers.entries.size(); ++i) {
    if (!numbers.entries[i].application) {
      ++sent.invented;
      continue;
    }
    const MsgSeqNum number(static_cast<std::uint32_t>(numbers.first.get() + i));
    const Result<Recreated> message = bytes.recreate(numbers, number);
    if (!message) {
      if (message.error().code == ErrorCode::not_found) {
        ++sent.voided;
      } else if (!result.difference) {
        result.difference =
            Difference{numbers.entries[i].cause, "session " + sent.name + " number " + std::to_string(number.get()) +
                                                     ": " + message.error().text};
      }
      continue;
    }
    const std::string text = bytes.at_once(*message, numbers.session);
    sha.add(std::as_bytes(std::span(text)));
    sent.bytes += text.size();
    ++sent.messages;
  }
  sent.sha256 = sha.finish();
  return result;
}

}  // namespace cantus::replay
