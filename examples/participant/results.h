// What a participant saw, as lines that only ever get appended: a test, an auditor or the participant's own next life
// reads them back. Every message in and out stands there, and every complaint of the engine about a number, so that
// nothing which the venue did wrong can go unnoticed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "examples/participant/quickfix.h"

namespace cantus::participant {

enum class LineKind {
  sent,       // an application message handed to the engine's output (also when it is sent again)
  received,   // a message that the engine accepted in its order, administrative ones too
  complaint,  // the engine, or the peer, objects to a number, a message or the session
  logon,
  logout,
};

// One line. The columns are these fields in this order, separated by commas; a comma or line break inside a text is
// written as a semicolon or a blank. Absent fields are empty.
struct Line {
  LineKind kind = LineKind::received;
  std::int64_t time_ns = 0;    // UTC, this participant's clock
  std::string session;         // our CompID
  std::uint64_t seq = 0;       // MsgSeqNum (34); 0 where there is none
  std::string poss;            // "dup" (43=Y), "resend" (97=Y), "dup+resend"
  std::string msg_type;        // 35
  std::string cl_ord_id;       // 11
  std::string orig_cl_ord_id;  // 41
  std::string order_id;        // 37
  std::string exec_id;         // 17
  std::string exec_type;       // 150
  std::string ord_status;      // 39
  std::string symbol;          // 55
  std::string side;            // 54
  std::string ord_type;        // 40
  std::string order_qty;       // 38
  std::string price;           // 44
  std::string last_qty;        // 32
  std::string last_px;         // 31
  std::string cum_qty;         // 14
  std::string leaves_qty;      // 151
  std::string ref;   // what it refers to: 571 of AE/AR, 45 of 3 and j, 36 of a SequenceReset, 112 of heartbeats
  std::string text;  // 58, or the complaint

  friend bool operator==(const Line&, const Line&) = default;
};

[[nodiscard]] std::string to_csv(const Line& line);          // without a line break
[[nodiscard]] bool from_csv(const std::string&, Line& out);  // false for what to_csv never wrote
// Fills everything but kind, time and session from a message.
[[nodiscard]] Line line_of(const FIX::Message& message);

// Appends whole lines with one write each, so that a killed process leaves at most one torn line, at the end. Safe to
// use from several threads.
class ResultFile {
 public:
  // Creates the file and its folders; throws std::runtime_error if it cannot. A torn last line is closed.
  ResultFile(std::filesystem::path path, std::string session);
  ~ResultFile();
  ResultFile(const ResultFile&) = delete;
  ResultFile& operator=(const ResultFile&) = delete;

  void add(Line line);  // sets time and session
  void complain(const std::string& text);
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::uint64_t complaints() const;

 private:
  std::filesystem::path path_;
  std::string session_;
  mutable std::mutex mutex_;
  std::uint64_t complaints_ = 0;
  int file_ = -1;
};

// Every whole line of a result file; empty if it does not exist.
[[nodiscard]] std::vector<Line> read_results(const std::filesystem::path& path);

}  // namespace cantus::participant
