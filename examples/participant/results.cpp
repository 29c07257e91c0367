#include "examples/participant/results.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <string_view>

namespace cantus::participant {
namespace {

constexpr std::array<std::string_view, 5> kind_names = {"sent", "received", "complaint", "logon", "logout"};

// The texts of a line in their order, so that writing and reading cannot disagree.
template <class L, class F>
void for_each_text(L& line, F&& f) {
  f(line.poss), f(line.msg_type), f(line.cl_ord_id), f(line.orig_cl_ord_id), f(line.order_id), f(line.exec_id);
  f(line.exec_type), f(line.ord_status), f(line.symbol), f(line.side), f(line.ord_type), f(line.order_qty);
  f(line.price), f(line.last_qty), f(line.last_px), f(line.cum_qty), f(line.leaves_qty), f(line.ref), f(line.text);
}

std::string clean(std::string text) {
  for (char& c : text) {
    c = c == ',' ? ';' : (c == '\n' || c == '\r' || c == '\x01') ? ' ' : c;
  }
  return text;
}

std::string field(const FIX::FieldMap& map, int tag) { return map.isSetField(tag) ? map.getField(tag) : std::string(); }

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

std::string to_csv(const Line& line) {
  std::string out(kind_names[static_cast<std::size_t>(line.kind)]);
  out += "," + std::to_string(line.time_ns) + "," + clean(line.session) + "," + std::to_string(line.seq);
  for_each_text(line, [&](const std::string& text) { out += "," + clean(text); });
  return out;
}

bool from_csv(const std::string& text, Line& out) {
  std::vector<std::string> cells(1);
  for (const char c : text) {
    if (c == ',') {
      cells.emplace_back();
    } else {
      cells.back() += c;
    }
  }
  std::size_t expected = 4;
  for_each_text(out, [&](std::string&) { ++expected; });
  if (cells.size() != expected) {
    return false;
  }
  std::size_t kind = 0;
  while (kind < kind_names.size() && kind_names[kind] != cells[0]) {
    ++kind;
  }
  if (kind == kind_names.size()) {
    return false;
  }
  out.kind = static_cast<LineKind>(kind);
  out.time_ns = std::strtoll(cells[1].c_str(), nullptr, 10);
  out.session = cells[2];
  out.seq = std::strtoull(cells[3].c_str(), nullptr, 10);
  std::size_t next = 4;
  for_each_text(out, [&](std::string& cell) { cell = cells[next++]; });
  return true;
}

Line line_of(const FIX::Message& message) {
  Line line;
  const FIX::Header& header = message.getHeader();
  line.msg_type = field(header, 35);
  line.seq = std::strtoull(field(header, 34).c_str(), nullptr, 10);
  line.poss = field(header, 43) == "Y" ? "dup" : "";
  if (field(header, 97) == "Y") {
    line.poss += line.poss.empty() ? "resend" : "+resend";
  }
  line.cl_ord_id = field(message, 11);
  line.orig_cl_ord_id = field(message, 41);
  line.order_id = field(message, 37);
  line.exec_id = field(message, 17);
  line.exec_type = field(message, 150);
  line.ord_status = field(message, 39);
  line.symbol = field(message, 55);
  line.side = field(message, 54);
  line.ord_type = field(message, 40);
  line.order_qty = field(message, 38);
  line.price = field(message, 44);
  line.last_qty = field(message, 32);
  line.last_px = field(message, 31);
  line.cum_qty = field(message, 14);
  line.leaves_qty = field(message, 151);
  for (const int tag : {571, 45, 36, 112}) {
    if (line.ref.empty()) {
      line.ref = field(message, tag);
    }
  }
  line.text = field(message, 58);
  return line;
}

ResultFile::ResultFile(std::filesystem::path path, std::string session)
    : path_(std::move(path)), session_(std::move(session)) {
  std::filesystem::create_directories(path_.parent_path());
  file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file_ < 0) {
    throw std::runtime_error("cannot open " + path_.string() + ": " + std::strerror(errno));
  }
  const off_t end = ::lseek(file_, 0, SEEK_END);
  char last = '\n';
  if (end > 0 && ::pread(file_, &last, 1, end - 1) == 1 && last != '\n') {
    (void)!::write(file_, "\n", 1);
  }
}

ResultFile::~ResultFile() { ::close(file_); }

void ResultFile::add(Line line) {
  const std::lock_guard lock(mutex_);
  line.time_ns = now_ns();
  line.session = session_;
  complaints_ += line.kind == LineKind::complaint ? 1 : 0;
  const std::string text = to_csv(line) + "\n";
  if (::write(file_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    std::fprintf(stderr, "cannot write %s: %s\n", path_.c_str(), std::strerror(errno));
    std::abort();  // a participant without a record of what it saw is of no use
  }
}

void ResultFile::complain(const std::string& text) {
  Line line;
  line.kind = LineKind::complaint;
  line.text = text;
  add(std::move(line));
}

std::uint64_t ResultFile::complaints() const {
  const std::lock_guard lock(mutex_);
  return complaints_;
}

std::vector<Line> read_results(const std::filesystem::path& path) {
  std::vector<Line> lines;
  std::ifstream file(path);
  std::string text;
  while (std::getline(file, text)) {
    if (file.eof()) {
      break;  // no line break behind it: torn, or being written just now
    }
    Line line;
    if (from_csv(text, line)) {
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

}  // namespace cantus::participant
