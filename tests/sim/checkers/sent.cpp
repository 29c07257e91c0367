#include "tests/sim/checkers/sent.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "replay/sent_bytes.h"

namespace cantus::sim {
namespace {

constexpr std::array<std::uint32_t, 11> header_tags{8, 9, 35, 34, 43, 49, 52, 56, 97, 122, 10};

bool is_application(std::string_view msg_type) {
  return msg_type.size() != 1 || std::string_view("A012345").find(msg_type) == std::string_view::npos;
}

// The type and the body: what the message means.
std::string meaning_of(const fix::FieldList& fields) {
  std::string text(fields.find(35).value_or(""));
  text += fix::soh;
  for (const fix::Field& field : fields.fields()) {
    if (std::ranges::find(header_tags, field.tag) == header_tags.end()) {
      text += std::to_string(field.tag) + "=" + std::string(field.value) + fix::soh;
    }
  }
  return text;
}

}  // namespace

void Sent::on_leaving(const Leaving& leaving) {
  if (!is_application(leaving.fields.find(35).value_or(""))) {
    return;
  }
  const std::string_view text = leaving.fields.find(34).value_or("");
  std::uint32_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  sent_[{std::string(leaving.fields.find(49).value_or("")), std::string(leaving.fields.find(56).value_or(""))}][number]
      .insert(meaning_of(leaving.fields));
}

void Sent::compare(const replay::Replica& replica, fix::LogAccess& log) const {
  replay::SentBytes bytes(replica.refdata(), replica.exceptions(), log);
  auto open = sent_;  // what no generation has given so far
  for (const replay::GenerationNumbers& generation : replica.numbers()) {
    const SessionDefined& session = *replica.refdata().session(generation.session);
    auto& numbers = open[{std::string(session.our_comp_id.view()), std::string(session.their_comp_id.view())}];
    for (auto& [number, meanings] : numbers) {
      const OutboundEntry* const entry = generation.at(MsgSeqNum(number));
      if (entry == nullptr || !entry->application || meanings.empty()) {
        continue;
      }
      if (const Result<replay::Recreated> again = bytes.recreate(generation, MsgSeqNum(number))) {
        meanings.erase(again->msg_type + fix::soh + again->body);
      }
    }
  }
  for (const auto& [name, numbers] : open) {
    for (const auto& [number, meanings] : numbers) {
      if (!meanings.empty()) {
        findings_.add("a replay gives the bytes that left", name.second + " was sent as " + std::to_string(number) +
                                                                " what the log does not give: " + *meanings.begin());
      }
    }
  }
}

}  // namespace cantus::sim
