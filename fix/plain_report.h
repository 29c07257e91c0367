// What a client is sent of a record that is quarantined for gateways: status and quantities only, as numbers stand in
// the record, without a table looked up, a text copied or anything computed. Who needs more asks by a StatusRequest,
// which is a cause of its own.
#pragma once

#include "fix/render.h"

namespace cantus::fix {

// As render().
[[nodiscard]] bool render_plain(const Event& event, const ReportRef& report, Rendered& out);

}  // namespace cantus::fix
