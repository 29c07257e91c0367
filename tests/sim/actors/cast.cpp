#include "tests/sim/actors/cast.h"

#include <algorithm>
#include <string>

namespace cantus::sim {
namespace {

constexpr auto complaints = "a good engine has nothing to complain of";

// A desk is busy for as long as the clients are.
std::chrono::nanoseconds pause_of_a_desk(const Plan& plan) {
  const TraderPlan usual;
  return usual.pause * (plan.orders + 1) / (plan.desk_orders + 1);
}

void complain(const std::vector<std::string>& all, Findings& findings) {
  for (const std::string& one : all) {
    findings.add(complaints, one);
  }
}

}  // namespace

Cast::Cast(World& world, const Plan& plan) {
  const std::vector<std::uint16_t> ports{world.gateway_port(0), world.gateway_port(1)};
  regulator_ = std::make_unique<Regulator>(world, world.configuration().process.trade_reporter->port);
  for (const char* name : {"ALPHA1", "ALPHA2", "BETA1"}) {
    traders_.push_back(std::make_unique<Trader>(
        world, TraderPlan{.comp_id = name, .ports = ports, .orders = plan.orders, .oddities = plan.oddities}));
  }
  for (const char* name : {"DESK1", "DESK2"}) {
    traders_.push_back(std::make_unique<Trader>(world, TraderPlan{.comp_id = name,
                                                                  .ports = ports,
                                                                  .desk = true,
                                                                  .orders = plan.desk_orders,
                                                                  .oddities = plan.oddities,
                                                                  .pause = pause_of_a_desk(plan)}));
  }
  for (const char* name : {"DESK1DC", "DESK2DC"}) {
    drop_copies_.push_back(std::make_unique<DropCopy>(world, name, ports));
  }
  intruder_ = std::make_unique<Intruder>(world, ports);
  operators_ = std::make_unique<Operators>(world, plan.commands, expects_poison(plan));
}

bool Cast::traded() const {
  return std::ranges::all_of(traders_, [](const auto& trader) { return trader->done(); });
}

void Cast::calm() {
  regulator_->calm();
  intruder_->calm();
  operators_->calm();
  for (const auto& copy : drop_copies_) {
    copy->calm();
  }
}

std::string Cast::unsettled() const {
  std::string who;
  const auto add = [&who](bool settled, const std::string& name) {
    who += settled ? "" : (who.empty() ? "" : ", ") + name;
  };
  add(regulator_->settled(), "the regulator");
  add(operators_->settled(), "operators");
  for (const auto& trader : traders_) {
    add(trader->client().logged_on(), trader->plan().comp_id);
  }
  for (const auto& copy : drop_copies_) {
    add(copy->client().logged_on(), copy->comp_id());
  }
  return who;
}

void Cast::look(Findings& findings) const {
  for (const auto& trader : traders_) {
    look_at(*trader, findings);
  }
  for (const auto& copy : drop_copies_) {
    complain(copy->client().complaints(), findings);
  }
  complain(regulator_->complaints(), findings);
  complain(operators_->complaints(), findings);
  for (const std::string& answered : intruder_->complaints()) {
    findings.add("strangers are sent nothing", answered);
  }
}

void Cast::look_at(const Trader& trader, Findings& findings) const {
  complain(trader.client().complaints(), findings);
  complain(trader.complaints(), findings);
  for (const auto& [order, ends] : trader.outcomes()) {
    if (ends.size() != 1 || ends.front() == '?') {
      findings.add("one final outcome",
                   order + " has " + std::to_string(ends.size()) + ": " + std::string(ends.begin(), ends.end()));
    }
  }
  if (trader.outcomes().size() != trader.plan().orders) {
    findings.add("one final outcome", "of " + std::to_string(trader.plan().orders) + " orders of " +
                                          trader.plan().comp_id + " " + std::to_string(trader.outcomes().size()) +
                                          " have one");
  }
}

std::size_t Cast::orders() const {
  std::size_t all = 0;
  for (const auto& trader : traders_) {
    all += trader->outcomes().size();
  }
  return all;
}

void Cast::leave() {
  for (const auto& trader : traders_) {
    trader->disconnect();
  }
  for (const auto& copy : drop_copies_) {
    copy->disconnect();
  }
}

}  // namespace cantus::sim
