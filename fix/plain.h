// Which application messages need no judge: those that are plainly good. Most of what clients send has every field at
// its place, once, with a value of the simplest form; finding that out costs a fraction of what the protocol engine
// takes to parse, index and validate a message. Whatever is not plain in every respect is left to the engine, so this
// never decides that a message is bad, and nothing is plain that the engine would not let through with the same fields
// (tests/fix/plain_test.cpp compares the two).
//
// The rules are derived from the engine's own dictionary, once.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "fix/engine.h"
#include "fix/message_text.h"

namespace cantus::fix {

class PlainRules {
 public:
  // Of the shared dictionary (fix/dictionary.h).
  static const PlainRules& shared();

  // True if the message, split completely, is an application message of a single-letter type that the dictionary
  // defines, from `names.target` to `names.sender`, whose header consists of 8, 9, 35 and then 34, 49, 52 and 56 in any
  // order, and whose body has every required field, no field twice, none that does not belong to the type, no group and
  // no user-defined field, each with a plainly well-formed value.
  [[nodiscard]] bool plain(const FieldList& message, const SessionNames& names) const;

 private:
  enum class Form : std::uint8_t { not_plain, text, digits, decimal, letter, boolean, timestamp };
  struct Rule {
    Form form = Form::not_plain;
    std::uint32_t required = 0;              // the bit of a required field
    std::array<std::uint64_t, 2> letters{};  // of `letter`: which are allowed
  };
  static constexpr std::uint32_t tags_end = 1024;
  struct TypeRules {
    std::array<Rule, tags_end> rules;
    std::uint32_t required = 0;  // the bits of all required fields
  };

  PlainRules();
  [[nodiscard]] static std::unique_ptr<TypeRules> rules_of(char msg_type);
  [[nodiscard]] static bool has_form(const Rule& rule, std::string_view value);
  [[nodiscard]] static bool plain_body(const std::vector<Field>& fields, std::size_t begin, const TypeRules& type);

  std::array<std::unique_ptr<TypeRules>, 128> types_;
};

// A plain message as the application sees it; the list must outlive it.
class PlainMessage final : public InboundMessage {
 public:
  PlainMessage(const FieldList& fields, std::string_view msg_type, MsgSeqNum number)
      : fields_(fields), msg_type_(msg_type), number_(number) {}
  [[nodiscard]] std::string_view msg_type() const override { return msg_type_; }
  [[nodiscard]] MsgSeqNum number() const override { return number_; }
  [[nodiscard]] bool poss_dup() const override { return false; }
  [[nodiscard]] bool poss_resend() const override { return false; }
  [[nodiscard]] std::optional<std::string_view> find(std::uint32_t tag) const override { return fields_.find(tag); }

 private:
  const FieldList& fields_;
  std::string_view msg_type_;
  MsgSeqNum number_;
};

}  // namespace cantus::fix
