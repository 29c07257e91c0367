// What must be known of how a program runs a venue, to look into it and to end its processes: said by the program
// itself (cli/campaign_site.h), because nothing here knows the commands.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace cantus::campaign {

struct Site {
  std::filesystem::path program;                                                   // what is run as `cantus`
  std::string layout;                                                              // value of `cantus up --layout`
  std::vector<std::string> processes;                                              // names of the layout's
  std::vector<std::string> applications;                                           // "sequencer", "matching:0" …
  std::map<std::string, std::string> process_of;                                   // by application
  std::function<std::filesystem::path(const std::filesystem::path& data)> memory;  // of the venue that lives in `data`
};

}  // namespace cantus::campaign
