// The committed golden log is read by this build, and nothing that it holds has changed its layout.
#include "messages/tools/golden.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "messages/tools/documentation.h"
#include "messages/validate.h"

namespace cantus {
namespace {

const std::string how_to_update =
    "\nAfter adding a type or version run\n  cmake --build --preset release --target update_messages\n"
    "Only while no log anywhere holds a layout that changed:\n"
    "  cmake --build --preset release --target update_messages_unreleased\n";

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << path;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::filesystem::path source() { return CANTUS_SOURCE_DIR; }

GoldenFiles committed() {
  const std::filesystem::path golden = source() / "tests" / "messages" / "golden";
  return {read_file(golden / "layouts.txt"), read_file(golden / "golden.log"), read_file(golden / "golden.jsonl")};
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) {
    text += "\n  " + line;
  }
  return text;
}

TEST(Golden, NoReleasedLayoutHasChanged) {
  const LayoutChanges changes = compare_layouts(committed().layouts, current_layouts());
  EXPECT_TRUE(changes.broken.empty()) << "changed without a new version:" << joined(changes.broken) << how_to_update;
  EXPECT_TRUE(changes.added.empty()) << "not committed:" << joined(changes.added) << how_to_update;
}

TEST(Golden, EveryRecordIsReadAndPrintsAsItAlwaysDid) {
  const GoldenFiles files = committed();
  const auto log = GoldenLog::read(files.log);
  ASSERT_TRUE(log.ok()) << log.error().text;
  for (const Event& event : log->events()) {
    EXPECT_EQ(validate(event.header->type, event.header->version, event.bytes()), std::nullopt) << how_to_update;
  }
  EXPECT_EQ(log->json(), files.json) << how_to_update;
}

TEST(Golden, EveryReleaseIsRead) {
  for (const auto& release :
       std::filesystem::directory_iterator(source() / "tests" / "messages" / "golden" / "released")) {
    if (release.is_directory()) {
      const std::filesystem::path& folder = release.path();
      EXPECT_EQ(fault_of_release({read_file(folder / "layouts.txt"), read_file(folder / "golden.log"),
                                  read_file(folder / "golden.jsonl")}),
                "")
          << folder;
    }
  }
}

TEST(Golden, HoldsEveryTypeAndVersion) {
  const GoldenFiles files = committed();
  const auto log = GoldenLog::read(files.log);
  ASSERT_TRUE(log.ok()) << log.error().text;
  std::set<std::pair<MessageType, std::uint8_t>> held;
  for (const Event& event : log->events()) {
    held.emplace(event.header->type, event.header->version);
  }
  for (const MessageInfo& message : all_messages()) {
    EXPECT_TRUE(held.contains({message.type, message.version})) << message.layout.name << how_to_update;
  }
}

TEST(Golden, ThePageOfMessagesIsUpToDate) {
  EXPECT_EQ(read_file(source() / "docs" / "messages.md"), messages_document()) << how_to_update;
}

// The alarms ring.

std::string without(std::string text, std::string_view line_begin) {
  const std::size_t begin = text.find(line_begin);
  return text.erase(begin, text.find('\n', begin) + 1 - begin);
}

std::string with_other_digest(std::string text, std::string_view line_begin) {
  const std::size_t end = text.find('\n', text.find(line_begin));
  text[end - 1] = text[end - 1] == '0' ? '1' : '0';
  return text;
}

TEST(GoldenAlarm, AChangedLayoutIsRefusedUntilSomebodySaysThatItWasNeverReleased) {
  GoldenFiles old = committed();
  old.layouts = with_other_digest(old.layouts, "message 40 1 ");
  const LayoutChanges changes = compare_layouts(old.layouts, current_layouts());
  EXPECT_EQ(changes.broken.size(), 1u);
  EXPECT_EQ(changes.added.size(), 1u);
  const auto refused = update_golden(old, false);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().text.find("message 40 1 NewOrder"), std::string::npos);
  const auto forced = update_golden(old, true);
  ASSERT_TRUE(forced.ok());
  EXPECT_EQ(forced->layouts, current_layouts());
}

TEST(GoldenAlarm, AMessageOrAnEnumerationsValueThatVanishedIsRefused) {
  for (const char* line : {"message 40 1 ", "enum Side sell 50"}) {
    EXPECT_FALSE(update_golden(committed(), false, without(current_layouts(), line)).ok()) << line;
  }
}

TEST(GoldenAlarm, ANewTypeIsAppendedAndWhatStandsStays) {
  // As if the last message of the table had not been there before.
  const auto full = GoldenLog::read(committed().log);
  ASSERT_TRUE(full.ok());
  const Event& last = full->events().back();
  std::size_t bytes = 0;
  std::string name;
  for (const Event& event : full->events()) {
    if (event.header->type != last.header->type || event.header->version != last.header->version) {
      bytes += aligned_record(event.header->length);
    }
  }
  GoldenFiles old;
  old.log = committed().log.substr(0, bytes);
  old.layouts = without(committed().layouts, "message " + std::to_string(last.header->type.get()) + " ");
  const auto updated = update_golden(old, false);
  ASSERT_TRUE(updated.ok()) << updated.error().text;
  EXPECT_EQ(updated->log, committed().log);
  EXPECT_EQ(updated->json, committed().json);
  EXPECT_EQ(updated->layouts, current_layouts());
}

TEST(GoldenAlarm, AReleaseThatIsNotReadAsItWasIsNamed) {
  EXPECT_EQ(fault_of_release(committed()), "");
  GoldenFiles changed = committed();
  changed.layouts = with_other_digest(changed.layouts, "message 40 1 ");
  EXPECT_NE(fault_of_release(changed).find("a released layout has changed: message 40 1"), std::string::npos);
  GoldenFiles damaged = committed();
  damaged.log[100] = static_cast<char>(damaged.log[100] ^ 1);
  EXPECT_EQ(fault_of_release(damaged), "no good record at byte 0");
  GoldenFiles otherwise = committed();
  otherwise.json[10] = '#';
  EXPECT_EQ(fault_of_release(otherwise), "its records print otherwise");
}

TEST(GoldenAlarm, ADamagedLogIsNotRead) {
  std::string log = committed().log;
  EXPECT_FALSE(GoldenLog::read(log.substr(0, log.size() - 1)).ok());
  log[100] = static_cast<char>(log[100] ^ 1);
  const auto damaged = GoldenLog::read(log);
  ASSERT_FALSE(damaged.ok());
  EXPECT_EQ(damaged.error().text, "no good record at byte 0");
}

}  // namespace
}  // namespace cantus
