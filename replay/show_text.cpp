// Lays out what show.cpp says: every array of objects is a table with a column for each key.

#include <algorithm>

#include "replay/show_internal.h"

namespace cantus::replay {
namespace {

std::string text_of(const Json& value) {
  if (value.is_null()) {
    return "-";
  }
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string padded(const std::string& text, std::size_t width) {
  return text + std::string(width - std::min(width, text.size()), ' ');
}

void append_table(std::string& out, const Json& rows, const std::string& indent) {
  if (rows.empty()) {
    out += indent + "none\n";
    return;
  }
  std::vector<std::vector<std::string>> lines(1);
  for (const auto& [key, value] : rows.front().items()) {
    lines.front().push_back(key);
  }
  for (const Json& row : rows) {
    std::vector<std::string>& line = lines.emplace_back();
    for (const auto& [key, value] : row.items()) {
      line.push_back(text_of(value));
    }
  }
  std::vector<std::size_t> widths(lines.front().size(), 0);
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      widths[i] = std::max(widths[i], line[i].size());
    }
  }
  for (const auto& line : lines) {
    std::string text = indent;
    for (std::size_t i = 0; i < line.size(); ++i) {
      text += i + 1 < line.size() ? padded(line[i], widths[i] + 2) : line[i];
    }
    out += text + "\n";
  }
}

// Scalars of an object on one line, then each array as a table below its name.
void append_object(std::string& out, const Json& object, const std::string& indent) {
  std::string scalars;
  for (const auto& [key, value] : object.items()) {
    if (!value.is_structured()) {
      scalars += (scalars.empty() ? "" : "  ") + key + " " + text_of(value);
    }
  }
  out += indent + scalars + "\n";
  for (const auto& [key, value] : object.items()) {
    if (value.is_array()) {
      out += indent + key + ":\n";
      append_table(out, value, indent + "  ");
    }
  }
}

}  // namespace

std::string show_text(const Replica& replica, const ReplayedTo& at, View view) {
  const Json json = to_object(replica, at, view);
  std::string out = "position " + text_of(json["position"]) + "  time " + text_of(json["time"]) + "  trading date " +
                    text_of(json["trading_date"]) + "\n";
  switch (view) {
    case View::book:
      for (const Json& book : json["books"]) {
        append_object(out, book, "");
      }
      break;
    case View::credit:
      append_table(out, json["parties"], "");
      break;
    case View::sessions:
      append_table(out, json["sessions"], "");
      break;
    case View::reports:
      append_object(out, json["reports"], "");
      break;
  }
  return out;
}

}  // namespace cantus::replay
