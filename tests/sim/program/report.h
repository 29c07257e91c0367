// What cantus-sim prints.
#pragma once

#include <string>

#include "tests/sim/program/campaign.h"
#include "tests/sim/program/score.h"

namespace cantus::sim {

// `flags`: how the program was called, so that a failure says how to have it again.
void print_campaign(const CampaignResult& result, const std::string& flags);
void print_campaign_json(const CampaignResult& result, const std::string& flags);
void print_score(const ScoreResult& result);
void print_score_json(const ScoreResult& result, const std::string& flags);

}  // namespace cantus::sim
