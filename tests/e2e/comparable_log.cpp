#include "tests/e2e/comparable_log.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "messages/json.h"

namespace cantus::e2e {
namespace {

using campaign::Json;

bool is_of_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// "2026-11-23T…"
bool is_time(std::string_view text) {
  constexpr std::string_view shape = "0000-00-00T";
  return text.size() >= shape.size() && std::equal(shape.begin(), shape.end(), text.begin(), [](char s, char c) {
           return s == '0' ? std::isdigit(static_cast<unsigned char>(c)) != 0 : s == c;
         });
}

}  // namespace

std::string ComparableLog::comparable(const std::string& text) const {
  std::string result;
  std::size_t end = 0;
  for (std::size_t at = text.find("1-"); at != std::string::npos; at = text.find("1-", at + 1)) {
    const std::size_t digits_end = std::min(text.find_first_not_of("0123456789", at + 2), text.size());
    const bool whole = (at == 0 || !is_of_word(text[at - 1])) && digits_end > at + 2 &&
                       (digits_end == text.size() || !is_of_word(text[digits_end]));
    if (whole) {
      const auto named = names.find(std::stoull(text.substr(at + 2, digits_end - at - 2)));
      result += text.substr(end, at - end) + "<" + (named == names.end() ? "?" : named->second) + ">";
      end = digits_end;
    }
  }
  return result + text.substr(end);
}

ComparableLog comparable_log(const campaign::Venue& venue, Seq after) {
  ComparableLog log;
  std::map<std::uint16_t, std::string> publishers;
  venue.for_each_record([&](const Event& event) {
    if (event.is<PublisherDefined>()) {
      publishers[event.as<PublisherDefined>().publisher.get()] = event.as<PublisherDefined>().name.str();
    }
    const std::string publisher = publishers[event.header->publisher.get()];
    const bool attached = event.is<PublisherAttached>();
    log.names[event.header->seq.get()] = attached
                                             ? "attached " + publishers[event.as<PublisherAttached>().publisher.get()]
                                             : publisher + " " + std::to_string(event.header->publisher_seq.get());
  });
  venue.for_each_record([&](const Event& event) {
    // Heads are signed with keys of chance, when segments happen to be full.
    const TopicId on = event.header->topic;
    if (on == topic::control || on == topic::secrets || on == topic::heads || event.header->seq <= after) {
      return;
    }
    const Json record = Json::parse(to_json(event));
    Json body = record["body"];
    if (body.contains("cause")) {
      body["cause"] = log.names.at(body["cause"].get<std::uint64_t>());
    }
    for (Json& value : body) {
      if (value.is_string() && is_time(value.get<std::string>())) {
        value = "(time)";
      }
    }
    body.erase("connection");
    const std::string type = record["type"];
    ++log.kinds[type];
    log.records[publishers[event.header->publisher.get()]].push_back(type + " " + log.comparable(body.dump()));
  });
  return log;
}

}  // namespace cantus::e2e
