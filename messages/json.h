// Records as JSON, one object on one line: for `cantus log`, tests and people. Prices and notionals are exact decimals
// in strings, positions numbers, positions that name their log "log-seq" (null if none), times dates, enumerations
// names. Secrets are masked. Any bytes at all give valid JSON.
#pragma once

#include <string>

#include "messages/describe.h"
#include "messages/record.h"

namespace cantus {

// {"seq":7,"time":"…","type":"NewOrder","version":1,"topic":"venue/orders",…,"body":{…}}. A type, version or size that
// the table does not have gives "type" as a number and "payload" in hexadecimal instead of "body".
void append_json(std::string& out, const Event& event);
[[nodiscard]] std::string to_json(const Event& event);
// Only the fields: {"client":{…},"price":"190.25",…}. `payload` has the size of the layout.
void append_json(std::string& out, const StructInfo& layout, std::span<const std::byte> payload);

}  // namespace cantus
