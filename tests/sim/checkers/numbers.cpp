#include "tests/sim/checkers/numbers.h"

#include <charconv>
#include <optional>
#include <string>

namespace cantus::sim {
namespace {

std::optional<std::uint32_t> number_in(const fix::FieldList& fields, std::uint32_t tag) {
  const std::string_view text = fields.find(tag).value_or("");
  std::uint32_t number = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
  return end.ec == std::errc() && end.ptr == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

}  // namespace

void Numbers::on_stable(const Event& event) {
  durable_ = event.header->seq.get();
  real_.apply(event);
  if (naive_.apply(event, real_.refdata.changes()) != real_.machine.effect()) {
    findings_.add("sessions by their rules", "record " + std::to_string(durable_) + " did another thing to them");
  }
  for (const OutboundIndex::Given& given : real_.index.given()) {
    if (naive_.next_outbound(given.session) != real_.machine.outbound(given.session).next_outbound.get()) {
      findings_.add("numbers by their rules", "record " + std::to_string(durable_) + ": session " +
                                                  std::to_string(given.session.get()) + " is at another number");
    }
  }
}

void Numbers::on_leaving(const Leaving& leaving) {
  const fix::FieldList& fields = leaving.fields;
  const SessionDefined* const session =
      real_.refdata.session_by_comp_ids(fields.find(49).value_or(""), fields.find(56).value_or(""));
  const std::optional<std::uint32_t> number = number_in(fields, 34);
  if (session == nullptr || !number) {
    findings_.add("what leaves is a session's", std::string(leaving.message));
    return;
  }
  judge_number(*session, *number, leaving);
  if (fields.find(35) == "4") {  // it stands for the numbers below this one as well
    judge_number(*session, number_in(fields, 36).value_or(1) - 1, leaving);
  }
  if (const auto exec_id = fields.find(17); exec_id && fields.find(35) == "8") {
    judge_cause(*exec_id);
  }
}

void Numbers::judge_number(const SessionDefined& session, std::uint32_t number, const Leaving& leaving) {
  if (const std::uint32_t next = naive_.next_outbound(session.session); number >= next) {
    findings_.add("nothing leaves before the log holds it",
                  std::string(session.their_comp_id.view()) + " is sent number " + std::to_string(number) + " (" +
                      std::string(leaving.fields.find(35).value_or("")) + "), and the log, durable through " +
                      std::to_string(durable_) + ", has given it " + std::to_string(next - 1));
  }
}

// "log-seq-index" (fix/render.h); a status has "0".
void Numbers::judge_cause(std::string_view exec_id) {
  const std::size_t from = exec_id.find('-');
  if (from == std::string_view::npos) {
    return;
  }
  std::uint64_t seq = 0;
  std::from_chars(exec_id.data() + from + 1, exec_id.data() + exec_id.size(), seq);
  if (seq > durable_) {
    findings_.add("nothing leaves before the log holds it",
                  std::string(exec_id) + " leaves, and the log is durable through " + std::to_string(durable_));
  }
}

void Numbers::at_quiet() {
  for (const SessionDefined& session : real_.refdata.sessions()) {
    const std::string naive = naive_.text(session.session);
    const std::string real = test::NaiveSessions::text(real_, session.session);
    if (naive != real) {
      findings_.add("sessions by their rules", real + ", and should be " + naive);
    }
  }
}

}  // namespace cantus::sim
