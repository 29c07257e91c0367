#include "fix/plain.h"

#include <algorithm>
#include <bit>
#include <bitset>
#include <string>

#include "base/assert.h"
#include "fix/dictionary.h"
#include "fix/quickfix.h"

namespace cantus::fix {

namespace {

constexpr std::size_t digits_max = 9;    // so that no reader's number overflows
constexpr std::size_t decimal_max = 18;  // digits and point
constexpr std::size_t header_fields = 7;
constexpr std::size_t required_max = 32;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool all_digits(std::string_view text) { return std::all_of(text.begin(), text.end(), is_digit); }

bool is_decimal(std::string_view text) {
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction = point == std::string_view::npos ? "0" : text.substr(point + 1);
  return text.size() <= decimal_max && !whole.empty() && !fraction.empty() && all_digits(whole) && all_digits(fraction);
}

unsigned two_digits(std::string_view text, std::size_t at) {
  return static_cast<unsigned>((text[at] - '0') * 10 + (text[at + 1] - '0'));
}

// "20261121-21:33:00" with or without milliseconds, in range whatever the month.
bool is_timestamp(std::string_view text) {
  if ((text.size() != 17 && text.size() != 21) || text[8] != '-' || text[11] != ':' || text[14] != ':') {
    return false;
  }
  if (!all_digits(text.substr(0, 8)) || !all_digits(text.substr(9, 2)) || !all_digits(text.substr(12, 2)) ||
      !all_digits(text.substr(15, 2)) || (text.size() == 21 && (text[17] != '.' || !all_digits(text.substr(18))))) {
    return false;
  }
  const unsigned month = two_digits(text, 4);
  const unsigned day = two_digits(text, 6);
  return month >= 1 && month <= 12 && day >= 1 && day <= 28 && two_digits(text, 9) <= 23 &&
         two_digits(text, 12) <= 59 && two_digits(text, 15) <= 59;
}

}  // namespace

const PlainRules& PlainRules::shared() {
  static const PlainRules instance;
  return instance;
}

PlainRules::PlainRules() {
  for (char type = '0'; type <= 'z'; ++type) {
    const std::string name(1, type);
    if (is_application_type(name) && dictionary().isMsgType(name)) {
      types_[static_cast<unsigned char>(type)] = rules_of(type);
    }
  }
}

std::unique_ptr<PlainRules::TypeRules> PlainRules::rules_of(char msg_type) {
  const FIX::DataDictionary& all = dictionary();
  const std::string name(1, msg_type);
  auto type = std::make_unique<TypeRules>();
  std::size_t required = 0;
  for (std::uint32_t tag = 1; tag < tags_end; ++tag) {
    const int field = static_cast<int>(tag);
    if (!all.isMsgField(name, field)) {
      continue;
    }
    Rule& rule = type->rules[tag];
    if (all.isRequiredField(name, field)) {
      CANTUS_ASSERT(required < required_max, "a message type has few required fields");
      rule.required = 1U << required++;
      type->required |= rule.required;
    }
    FIX::TYPE::Type kind = FIX::TYPE::Unknown;
    if (all.isGroup(name, field) || all.isHeaderField(field) || all.isTrailerField(field) ||
        FIX::Message::isHeaderField(field) || FIX::Message::isTrailerField(field) || !all.getFieldType(field, kind)) {
      continue;
    }
    switch (kind) {
      case FIX::TYPE::String:
        rule.form = Form::text;
        break;
      case FIX::TYPE::Int:
        rule.form = Form::digits;
        break;
      case FIX::TYPE::Price:
      case FIX::TYPE::Qty:
      case FIX::TYPE::Amt:
        rule.form = Form::decimal;
        break;
      case FIX::TYPE::Char:
        rule.form = Form::letter;
        rule.letters = {~std::uint64_t{0}, ~std::uint64_t{0}};
        break;
      case FIX::TYPE::Boolean:
        rule.form = Form::boolean;
        break;
      case FIX::TYPE::UtcTimeStamp:
        rule.form = Form::timestamp;
        break;
      default:
        break;
    }
    if (all.hasFieldValue(field)) {
      // Lists of values are kept for single characters; other fields with a list are for the engine.
      rule.form = rule.form == Form::letter ? Form::letter : Form::not_plain;
      for (unsigned letter = 0; letter < 128; ++letter) {
        if (!all.isFieldValue(field, std::string(1, static_cast<char>(letter)))) {
          rule.letters[letter / 64] &= ~(std::uint64_t{1} << (letter % 64));
        }
      }
    }
  }
  return type;
}

bool PlainRules::has_form(const Rule& rule, std::string_view value) {
  if (value.empty()) {
    return false;
  }
  switch (rule.form) {
    case Form::not_plain:
      return false;
    case Form::text:
      return true;
    case Form::digits:
      return value.size() <= digits_max && all_digits(value);
    case Form::decimal:
      return is_decimal(value);
    case Form::letter: {
      const auto letter = static_cast<unsigned char>(value[0]);
      return value.size() == 1 && letter < 128 && ((rule.letters[letter / 64] >> (letter % 64)) & 1) != 0;
    }
    case Form::boolean:
      return value == "Y" || value == "N";
    case Form::timestamp:
      return is_timestamp(value);
  }
  return false;
}

// The fields from `begin` to the last but one, which is the CheckSum.
bool PlainRules::plain_body(const std::vector<Field>& fields, std::size_t begin, const TypeRules& type) {
  std::bitset<tags_end> seen;
  std::uint32_t required = 0;
  for (std::size_t i = begin; i + 1 < fields.size(); ++i) {
    const Field& field = fields[i];
    if (field.tag >= tags_end || seen.test(field.tag) || !has_form(type.rules[field.tag], field.value)) {
      return false;
    }
    seen.set(field.tag);
    required |= type.rules[field.tag].required;
  }
  return required == type.required;
}

bool PlainRules::plain(const FieldList& message, const SessionNames& names) const {
  const std::vector<Field>& fields = message.fields();
  if (!message.complete() || fields.size() <= header_fields || fields.back().tag != 10 || fields[0].tag != 8 ||
      fields[0].value != names.begin_string || fields[1].tag != 9 || fields[2].tag != 35 ||
      fields[2].value.size() != 1) {
    return false;
  }
  const auto letter = static_cast<unsigned char>(fields[2].value[0]);
  const TypeRules* const type = letter < types_.size() ? types_[letter].get() : nullptr;
  if (type == nullptr) {
    return false;
  }
  unsigned seen = 0;
  for (std::size_t i = 3; i < header_fields; ++i) {
    switch (fields[i].tag) {
      case 34:
        seen |= 1U;
        break;
      case 49:
        seen |= fields[i].value == names.target ? 2U : 0U;
        break;
      case 52:
        seen |= is_timestamp(fields[i].value) ? 4U : 0U;
        break;
      case 56:
        seen |= fields[i].value == names.sender ? 8U : 0U;
        break;
      default:
        return false;
    }
  }
  return seen == 15U && plain_body(fields, header_fields, *type);
}

}  // namespace cantus::fix
