// Every command of the program, in the order in which `cantus --help` lists them. A new one: write cli/NAME.cpp with
// one constant, declare it here, append it to the list below and to cli/CMakeLists.txt.
#pragma once

#include <array>

#include "cli/command.h"

namespace cantus::cli {

extern const Command up_command;
extern const Command down_command;
extern const Command status_command;
extern const Command client_command;
extern const Command client_config_command;
extern const Command config_check_command;
extern const Command config_example_command;
extern const Command config_password_command;
extern const Command apply_command;
extern const Command pending_command;
extern const Command approve_command;
extern const Command resolve_command;
extern const Command reject_command;
extern const Command quarantine_command;
extern const Command grant_command;
extern const Command revoke_command;
extern const Command sessions_list_command;
extern const Command sessions_disable_command;
extern const Command sessions_enable_command;
extern const Command sessions_reset_command;
extern const Command sessions_set_command;
extern const Command block_command;
extern const Command unblock_command;
extern const Command halt_command;
extern const Command resume_command;
extern const Command limit_command;
extern const Command clock_follow_command;
extern const Command roll_command;
extern const Command operator_keygen_command;
extern const Command audit_trail_command;
extern const Command permissions_command;
extern const Command log_command;
extern const Command log_verify_command;
extern const Command log_needed_command;
extern const Command log_mend_command;
extern const Command log_prove_command;
extern const Command log_key_command;
extern const Command log_rotate_key_command;
extern const Command recover_command;
extern const Command backup_command;
extern const Command restore_command;
extern const Command snapshot_list_command;
extern const Command snapshot_take_command;
extern const Command snapshot_fetch_command;
extern const Command replay_verify_command;
extern const Command replay_at_command;
extern const Command bench_fix_command;
extern const Command bench_log_command;
extern const Command campaign_kills_command;
extern const Command sim_command;
extern const Command sim_score_command;
extern const Command process_command;
extern const Command upgrade_check_command;
extern const Command upgrade_process_command;
extern const Command upgrade_announce_command;
extern const Command upgrade_activate_command;
extern const Command version_command;

inline constexpr std::array all_commands = {
    &up_command,
    &down_command,
    &status_command,
    &client_command,
    &client_config_command,
    &config_check_command,
    &config_example_command,
    &config_password_command,
    &apply_command,
    &pending_command,
    &approve_command,
    &resolve_command,
    &reject_command,
    &quarantine_command,
    &grant_command,
    &revoke_command,
    &sessions_list_command,
    &sessions_disable_command,
    &sessions_enable_command,
    &sessions_reset_command,
    &sessions_set_command,
    &block_command,
    &unblock_command,
    &halt_command,
    &resume_command,
    &limit_command,
    &clock_follow_command,
    &roll_command,
    &operator_keygen_command,
    &audit_trail_command,
    &permissions_command,
    &log_command,
    &log_verify_command,
    &log_needed_command,
    &log_mend_command,
    &log_prove_command,
    &log_key_command,
    &log_rotate_key_command,
    &recover_command,
    &backup_command,
    &restore_command,
    &snapshot_list_command,
    &snapshot_take_command,
    &snapshot_fetch_command,
    &replay_verify_command,
    &replay_at_command,
    &bench_fix_command,
    &bench_log_command,
    &campaign_kills_command,
    &sim_command,
    &sim_score_command,
    &process_command,
    &upgrade_check_command,
    &upgrade_process_command,
    &upgrade_announce_command,
    &upgrade_activate_command,
    &version_command,
};

}  // namespace cantus::cli
