#include "examples/participant/regulator.h"

namespace cantus::participant {

Regulator::Regulator(RegulatorOptions options)
    : options_(std::move(options)), session_(StockSession::Kind::acceptor, options_.session, this) {
  for (const Line& line : read_results(session_.results().path())) {
    if (line.kind == LineKind::received && line.msg_type == "AE") {
      seen_.insert(line.ref);
    }
  }
}

Regulator::~Regulator() { session_.stop(); }

void Regulator::on_message(const FIX::Message& message) {
  if (message.getHeader().getField(35) != "AE" || !message.isSetField(571)) {
    session_.results().complain("neither a TradeCaptureReport nor has it a TradeReportID: " + message.toString());
    return;
  }
  const std::string& id = message.getField(571);
  const bool withdraws = message.isSetField(487) && message.getField(487) == "1";
  bool duplicate = false;
  bool refuse = false;
  bool unknown = false;
  {
    const std::lock_guard lock(mutex_);
    unknown = withdraws && (!message.isSetField(572) || !seen_.contains(message.getField(572)));
    duplicate = !seen_.insert(id).second;
    refuse = !duplicate && options_.reject_every != 0 && seen_.size() % options_.reject_every == 0;
  }
  FIX::Message answer;
  answer.getHeader().setField(8, options_.session.begin_string);
  answer.getHeader().setField(35, "AR");
  answer.setField(571, id);
  answer.setField(150, "F");
  answer.setField(55, message.isSetField(55) ? message.getField(55) : "[N/A]");
  answer.setField(939, duplicate || refuse || unknown ? "1" : "0");
  if (duplicate) {
    answer.setField(751, "99");
    answer.setField(58, "duplicate TradeReportID");
  } else if (unknown) {
    answer.setField(751, "99");
    answer.setField(58, "unknown TradeReportRefID");
  } else if (refuse) {
    answer.setField(751, "99");
    answer.setField(58, "refused for the exercise");
  }
  session_.send(std::move(answer));
}

}  // namespace cantus::participant
