#include "messages/tools/documentation.h"

#include <array>
#include <cstddef>

#include "base/text.h"
#include "messages/describe.h"
#include "messages/json.h"
#include "messages/record.h"
#include "messages/tools/sample.h"

namespace cantus {
namespace {

std::string number(Int128 value) {
  std::string text;
  append_number(text, value);
  return text;
}

// Heading of a section as GitHub turns it into a link: lower case, blanks to hyphens. Names here are single words.
std::string anchor(std::string_view name) {
  std::string text;
  for (const char c : name) {
    text += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return text;
}

std::string link(std::string_view name) { return "[" + std::string(name) + "](#" + anchor(name) + ")"; }

// Nothing where only the type bounds the value, so that a range in the table is a range that somebody chose.
std::string range(const FieldInfo& field) {
  const bool numeric = field.kind == FieldKind::unsigned_number || field.kind == FieldKind::signed_number ||
                       field.kind == FieldKind::wide_id || field.kind == FieldKind::text;
  if (!numeric) {
    return {};
  }
  const unsigned bits = 8 * field.size;
  const bool is_signed = field.kind == FieldKind::signed_number;
  const Int128 type_max = field.kind == FieldKind::text ? field.size : (Int128{1} << (is_signed ? bits - 1 : bits)) - 1;
  const Int128 type_min = is_signed ? -type_max - 1 : 0;
  const bool bounded_below = field.min > type_min;
  const bool bounded_above = field.max < type_max;
  if (field.min == -type_max && is_signed && !bounded_above) {
    return {};
  }
  if (bounded_below && bounded_above) {
    return number(field.min) + " … " + number(field.max);
  }
  if (bounded_below) {
    return "≥ " + number(field.min);
  }
  return bounded_above ? "≤ " + number(field.max) : std::string();
}

void append_fields(std::string& out, const StructInfo& layout) {
  out += "| at | size | field | type | unit | range | note |\n| --: | --: | --- | --- | --- | --- | --- |\n";
  for (const FieldInfo& field : layout.fields) {
    const bool linked = field.enumeration != nullptr || field.part != nullptr;
    out += "| " + number(field.offset) + " | " + number(field.size) + " | `" + std::string(field.name) + "` | " +
           (linked ? link(field.type_name()) : field.type_name()) + " | " +
           (linked || field.kind == FieldKind::reserved ? "" : std::string(name_of(field.unit))) + " | " +
           range(field) + " | " + std::string(field.doc) + " |\n";
  }
  out += '\n';
}

void append_topics(std::string& out) {
  out += "## Topics\n\n| id | name | read by | what |\n| --: | --- | --- | --- |\n";
#define TOPIC(id, name, path, access, doc) \
  out += "| " #id " | `" path "` | " +     \
         std::string(#access == std::string_view("published") ? "published" : "our processes") + " | " doc " |\n";
#include "messages/topics.def"
#undef TOPIC
  out += '\n';
}

void append_message(std::string& out, const MessageInfo& message) {
  out += "### " + std::string(message.layout.name) + "\n\n";
  out += "Type " + number(message.type.get()) + ", version " + number(message.version) + ", topic `" +
         std::string(topic::path_of(message.topic)) + "`, " + number(message.layout.size) +
         " bytes: " + std::string(message.layout.doc) + ".\n\n";
  append_fields(out, message.layout);
  out += "```json\n";
  append_json(out, message.layout, sample_payload(message, SampleKind::typical));
  out += "\n```\n\n";
}

void append_header(std::string& out) {
  struct Row {
    std::size_t offset;
    std::size_t size;
    const char* name;
    const char* note;
  };
#define ROW(field, note) \
  Row { offsetof(RecordHeader, field), sizeof(RecordHeader::field), #field, note }
  static const std::array rows{
      ROW(length, "header and payload, bytes; stored last with release order: 0 means that nothing is there yet"),
      ROW(type, "number of the message"),
      ROW(version, "version of its layout"),
      ROW(reserved, "zero"),
      ROW(topic, "topic it was proposed on"),
      ROW(publisher, "who proposed it; 1 is the sequencer"),
      ROW(term, "reign of the sequencer process that stamped it"),
      ROW(seq, "position on the log: 1, 2, 3 …"),
      ROW(time, "UTC nanoseconds at which the sequencer stamped it; never decreases"),
      ROW(publisher_seq, "the publisher's own count"),
      ROW(synced, "the synced mark when it was written"),
      ROW(venue, "the venue's id: records of another venue are refused"),
      ROW(log, "number of the log"),
      ROW(crc, "CRC-32C over the header, this field as 0, and the payload")};
#undef ROW
  out += "## Header\n\nA record is this header and its payload, filled up with zeros to a multiple of 8, at most " +
         number(record_bytes_max) +
         " bytes.\nIntegers are little-endian.\n\n| at | size | field | note |\n| --: | --: | --- | --- |\n";
  for (const Row& row : rows) {
    out += "| " + number(static_cast<Int128>(row.offset)) + " | " + number(static_cast<Int128>(row.size)) + " | `" +
           row.name + "` | " + row.note + " |\n";
  }
  out += '\n';
}

void append_enums(std::string& out) {
  out += "## Enumerations\n\nOne byte each. Numbers are permanent; those that FIX defines are its characters.\n\n";
  for (const EnumInfo* info : all_enums()) {
    out +=
        "### " + std::string(info->name) + "\n\n" + std::string(info->doc) + "\n\n| number | name |\n| --: | --- |\n";
    for (const EnumValueInfo& value : info->values) {
      out += "| " + number(value.number);
      if (value.number >= '0' && value.number <= 'z') {
        out += std::string(" (`") + static_cast<char>(value.number) + "`)";
      }
      out += " | `" + std::string(value.name) + "` |\n";
    }
    out += '\n';
  }
}

}  // namespace

std::string messages_document() {
  std::string out =
      "# Messages\n\nEvery message of the log, in the order of `messages/table.def`. This page is written from that "
      "table by\n"
      "`cmake --build --preset release --target update_messages`; a test holds it to it. The JSON below each message "
      "is\n"
      "how `cantus log --json` prints the body of a made-up record.\n\n";
  append_header(out);
  append_topics(out);
  out += "## Units\n\n| unit | meaning |\n| --- | --- |\n";
  for (const Unit unit : all_units()) {
    out += "| " + std::string(name_of(unit)) + " | " + std::string(doc_of(unit)) + " |\n";
  }
  out += "\n## Parts\n\n";
  for (const StructInfo* part : all_parts()) {
    out +=
        "### " + std::string(part->name) + "\n\n" + number(part->size) + " bytes: " + std::string(part->doc) + ".\n\n";
    append_fields(out, *part);
  }
  out += "## Types\n\n| type | version | name | topic | bytes |\n| --: | --: | --- | --- | --: |\n";
  for (const MessageInfo& message : all_messages()) {
    out += "| " + number(message.type.get()) + " | " + number(message.version) + " | " + link(message.layout.name) +
           " | `" + std::string(topic::path_of(message.topic)) + "` | " + number(message.layout.size) + " |\n";
  }
  out += '\n';
  for (const MessageInfo& message : all_messages()) {
    append_message(out, message);
  }
  append_enums(out);
  while (out.ends_with("\n\n")) {
    out.pop_back();
  }
  return out;
}

}  // namespace cantus
