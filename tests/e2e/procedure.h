// A procedure of docs/operations.md, played as it stands there: a test types what the page says, and at the end nothing
// of the page is left that was not typed.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace cantus::e2e {

class Procedure {
 public:
  // The paragraphs behind the bold `title`, up to the next bold one.
  Procedure(const std::string& page, const std::string& title) {
    std::ifstream file(page);
    const std::string all{std::istreambuf_iterator<char>(file), {}};
    const std::size_t begin = all.find("**" + title);
    EXPECT_NE(begin, std::string::npos) << title;
    if (begin != std::string::npos) {
      text_ = all.substr(begin, all.find("\n**", begin) - begin);
    }
    for (std::size_t at = text_.find("`cantus "); at != std::string::npos; at = text_.find("`cantus ", at + 1)) {
      commands_.insert(text_.substr(at + 1, text_.find('`', at + 1) - at - 1));
    }
  }
  // The words to type behind `cantus` of one of its commands, with this venue's own in the place of the page's.
  [[nodiscard]] std::vector<std::string> words(const std::string& command,
                                               const std::map<std::string, std::string>& own) {
    EXPECT_TRUE(commands_.contains(command)) << "the page does not say: " << command;
    played_.insert(command);
    std::vector<std::string> words;
    std::istringstream in(command.substr(command.find(' ') + 1));
    for (std::string word; in >> word;) {
      const auto found = own.find(word);
      words.push_back(found == own.end() ? word : found->second);
    }
    return words;
  }
  // What it says that a program prints.
  void expect_said(const std::string& begin) const {
    EXPECT_NE(text_.find(begin), std::string::npos) << "the page does not show: " << begin;
  }
  void expect_all_played() const { EXPECT_EQ(played_, commands_); }

 private:
  std::string text_;
  std::set<std::string> commands_;
  std::set<std::string> played_;
};

}  // namespace cantus::e2e
