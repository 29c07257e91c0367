#include "tests/eventlog/crash.h"

#include <algorithm>

#include "eventlog/core.h"
#include "eventlog/start.h"
#include "eventlog/verify.h"

namespace cantus::eventlog::test {
namespace {

std::string text_of(const Expected& expected) {
  return expected.refused ? "refused (" + expected.why + ")" : expected.report.text();
}

bool same_report(const StartReport& a, const StartReport& b) {
  return a.kind == b.kind && a.last == b.last && a.mark == b.mark && a.cut_from == b.cut_from &&
         a.cut_records == b.cut_records && a.cut_bytes == b.cut_bytes && a.rewritten == b.rewritten;
}

}  // namespace

void expect_beginning(const std::vector<Record>& log, const std::vector<Record>& appended, std::uint64_t at_least,
                      const std::string& where) {
  EXPECT_GE(log.size(), at_least) << where << ": what was promised is gone";
  EXPECT_TRUE(log.size() <= appended.size() && std::equal(log.begin(), log.end(), appended.begin()))
      << where << ": records that nobody appended";
}

Done act(runtime::SimulatedFiles& files, const JournalOptions& options, Act what) {
  Done done;
  Core core(files, options);
  Result<Started> started = start_journal(core, what == Act::open ? StartMode::open : StartMode::recover);
  if (started) {
    done.ok = true;
    done.report = started->report;
  } else {
    done.error = started.error();
  }
  return done;
}

std::vector<Record> read_log(runtime::SimulatedFiles& files, const JournalOptions& options, const std::string& where) {
  std::vector<Record> log;
  auto reader = open_log(files, options.journal, options.memory);
  if (!reader) {
    ADD_FAILURE() << where << ": " << reader.error().text;
    return log;
  }
  for (;;) {
    const Result<std::optional<Event>> event = (*reader)->next();
    if (!event) {
      ADD_FAILURE() << where << ": " << event.error().text;
      return log;
    }
    if (!event->has_value()) {
      return log;
    }
    const std::span<const std::byte> bytes = record_bytes(**event);
    log.emplace_back(bytes.begin(), bytes.end());
  }
}

Done act_as_expected(runtime::SimulatedFiles& files, const JournalOptions& options, Act what,
                     const std::string& where) {
  const Image before = files.image();
  const Expected expected = expect(before, files.device_image(), *files.boot_id(), options, what);
  Done done = act(files, options, what);
  if (expected.refused.has_value()) {
    EXPECT_FALSE(done.ok) << where << ": must be " << text_of(expected) << ", is " << done.report.text();
    if (!done.ok) {
      EXPECT_EQ(done.error->code, *expected.refused) << where << ": " << done.error->text << "; " << expected.why;
      EXPECT_TRUE(files.image() == before) << where << ": a refusal changes nothing";
    }
    return done;
  }
  EXPECT_TRUE(done.ok) << where << ": must be " << text_of(expected) << ", is "
                       << (done.ok ? std::string() : done.error->text);
  if (!done.ok) {
    return done;
  }
  EXPECT_TRUE(same_report(done.report, expected.report))
      << where << ": must be " << text_of(expected) << ", is " << done.report.text();
  EXPECT_TRUE(read_log(files, options, where) == expected.log) << where << ": the log is another one";
  EXPECT_FALSE(stop_mark(files, options.journal, options.memory).has_value()) << where;
  // On the same boot memory leads: damage of an unsealed file is none of a start's business.
  const Result<VerifiedLog> found = verify_log(files, options.journal);
  EXPECT_TRUE(found.ok() && found->sealed == read_directory(files, options.journal)->segments.size())
      << where << ": " << (found.ok() ? text_of(*found->first_bad) : found.error().text);
  return done;
}

bool Workload::run(int batches) {
  ++term_;
  if (!venue_.open().ok()) {
    return false;
  }
  auto page = files().map(options().memory / control_file, runtime::Access::read);
  if (!page) {
    return false;  // stopped just behind
  }
  page_ = *std::move(page);
  for (int i = 0; i < batches; ++i) {
    if (!append_batch()) {
      return false;
    }
  }
  return true;
}

// One batch, of up to a few sectors; its records say what the sequencer would know to be synced.
bool Workload::append_batch() {
  std::vector<std::byte> batch;
  std::vector<Record> records;
  const std::uint64_t count = 1 + random_() % 6;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::size_t size = random_() % 10 == 0 ? random_() % payload_bytes_max : random_() % 300;
    const Seq seq(appended_.size() + i + 1);
    const Record record = record_for(seq, Term(term_), size, venue_.journal->synced());
    batch.insert(batch.end(), record.begin(), record.end());
    records.push_back(
        Record(record.begin(), record.begin() + static_cast<std::ptrdiff_t>(sizeof(RecordHeader) + size)));
  }
  const auto room = [&] {
    return venue_.journal->stopped() || venue_.journal->has_room(batch.size(), RoomFor::outcomes_and_sessions);
  };
  venue_.listener->wait(room);
  if (!venue_.journal->append(Term(term_), Seq(appended_.size()), batch).ok()) {
    return false;
  }
  appended_.insert(appended_.end(), records.begin(), records.end());
  venue_.listener->wait([&] { return at_rest(); });
  return !venue_.journal->stopped();
}

bool Workload::at_rest() {
  if (venue_.journal->stopped()) {
    return true;
  }
  const auto& page = *reinterpret_cast<const ControlPage*>(page_->bytes().data());
  const std::uint64_t live = page.live_segment.load();
  return venue_.journal->synced() == venue_.journal->last() &&
         files().exists(options().memory / segment_name(live + 1, page.opening)) &&
         (live < 2 || venue_.journal->sealed_after(live - 2).has_value());
}

void Workload::die() {
  files().stop_process();
  venue_.journal.reset();  // its threads see that they are dead
  files().end_process();
  page_.reset();
  if (const std::optional<Visible> visible = visible_in(files().image(), options())) {
    told_ = visible->synced;
    seen_ = visible->last;
  }
}

}  // namespace cantus::eventlog::test
