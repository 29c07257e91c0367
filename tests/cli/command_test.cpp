// The command line is read as a command declares it, and every fault is named.
#include "cli/command.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "cli/failure.h"

namespace cantus::cli {
namespace {

constexpr Option options[] = {
    {"from", OptionKind::number, "SEQ", "first record"},
    {"json", OptionKind::flag, "", "as JSON"},
    {"topic", OptionKind::text, "PATH", "only this topic"},
};

const Command command = {.name = "log",
                         .words = "[DIRECTORY]",
                         .summary = "Print the log.",
                         .details = "More of it.",
                         .options = options,
                         .words_min = 0,
                         .words_max = 1,
                         .run = nullptr};

Result<Arguments> parse(const std::vector<std::string>& line) { return parse_arguments(command, line); }

TEST(Command, ReadsOptionsInBothForms) {
  const Result<Arguments> got = parse({"--from", "7", "there", "--topic=venue/orders", "--json"});
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(got->number("from"), 7u);
  EXPECT_EQ(got->text("topic"), "venue/orders");
  EXPECT_TRUE(got->has("json"));
  EXPECT_EQ(got->words(), std::vector<std::string>{"there"});
}

TEST(Command, AbsentOptionsHaveNoValue) {
  const Result<Arguments> got = parse({});
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(got->number("from"), std::nullopt);
  EXPECT_EQ(got->number_or("from", 3), 3u);
  EXPECT_EQ(got->text_or("topic", "x"), "x");
  EXPECT_FALSE(got->has("json"));
}

TEST(Command, WhatFollowsTwoDashesIsAWord) {
  const Result<Arguments> got = parse({"--", "--from"});
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(got->words(), std::vector<std::string>{"--from"});
}

TEST(Command, NamesEachFault) {
  struct Row {
    std::vector<std::string> line;
    std::string text;
  };
  const Row rows[] = {
      {{"--form", "7"}, "unknown option --form; did you mean --from?"},
      {{"--zebra"}, "unknown option --zebra"},
      {{"--from"}, "--from needs a value: --from SEQ"},
      {{"--from", "-1"}, "--from needs a whole number, not '-1'"},
      {{"--from", "99999999999999999999"}, "--from needs a whole number, not '99999999999999999999'"},
      {{"--from="}, "--from needs a whole number, not ''"},
      {{"--json=yes"}, "--json takes no value"},
      {{"a", "b"}, "'b' is one word too many"},
  };
  for (const Row& row : rows) {
    const Result<Arguments> got = parse(row.line);
    ASSERT_FALSE(got.ok()) << row.text;
    EXPECT_EQ(got.error().text, row.text);
  }
}

TEST(Command, MissingWordIsNamed) {
  const Command needs = {.name = "replay at",
                         .words = "SEQ",
                         .summary = "",
                         .details = "",
                         .options = {},
                         .words_min = 1,
                         .words_max = 1,
                         .run = nullptr};
  const Result<Arguments> got = parse_arguments(needs, {});
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().text, "something is missing: cantus replay at SEQ");
}

TEST(Command, HelpShowsTheWholeDeclaration) {
  EXPECT_EQ(help_of(command),
            "cantus log [DIRECTORY] [options]\n"
            "\n"
            "Print the log.\n"
            "\n"
            "More of it.\n"
            "\n"
            "Options:\n"
            "  --from SEQ                first record\n"
            "  --json                    as JSON\n"
            "  --topic PATH              only this topic\n");
}

TEST(Command, NearestFindsSlipsAndNotGuesses) {
  const std::string_view names[] = {"up", "down", "status", "replay verify"};
  EXPECT_EQ(nearest("stauts", names), "status");
  EXPECT_EQ(nearest("dwon", names), "down");
  EXPECT_EQ(nearest("stat", names), "status");
  EXPECT_EQ(nearest("replay verfy", names), "replay verify");
  EXPECT_EQ(nearest("frobnicate", names), "");
  EXPECT_EQ(nearest("", names), "");
}

// Which command it was does not matter; that a file is missing says nothing of a venue.
TEST(Failure, AnErrorHasItsExitCode) {
  const Error none{ErrorCode::not_found, "there is no log"};
  EXPECT_EQ(exit_code_of(none), exit_not_running);
  EXPECT_EQ(exit_code_of(of_file(none)), exit_failed);
  EXPECT_EQ(exit_code_of(of_file({ErrorCode::refused, ""})), exit_difference);
  EXPECT_EQ(exit_code_of({ErrorCode::corrupt, ""}), exit_difference);
  EXPECT_EQ(exit_code_of({ErrorCode::already_in_use, ""}), exit_in_use);
  EXPECT_EQ(exit_code_of({ErrorCode::not_supported, ""}), exit_too_old);
  EXPECT_EQ(exit_code_of({ErrorCode::no_space, ""}), exit_failed);
}

TEST(Failure, WhoAskedForJsonGetsOneObjectWhateverTheTextHolds) {
  const Result<Arguments> asked = parse({"--json"});
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(fail(*asked, "log", {ErrorCode::failed, "open \"\xff\": no"}), exit_failed);
  EXPECT_EQ(fail(*parse({}), "log", "no", exit_usage), exit_usage);
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "{\"error\":\"open \\\"\xef\xbf\xbd\\\": no\"}\n");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "cantus log: open \"\xff\": no\ncantus log: no\n");
}

// The page that people read has the codes that the program ends with.
TEST(ExitCodes, StandOnThePageOfOperations) {
  std::ifstream file(CANTUS_OPERATIONS_PAGE);
  const std::string page((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  int next = 0;
  for (const ExitMeaning& meaning : exit_meanings) {
    EXPECT_EQ(meaning.code, next++);
    const std::string line = "\n| " + std::to_string(meaning.code) + " | " + std::string(meaning.text) + " |\n";
    EXPECT_NE(page.find(line), std::string::npos) << "docs/operations.md lacks" << line;
  }
}

}  // namespace
}  // namespace cantus::cli
