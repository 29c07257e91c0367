// `cantus apply`, `cantus grant`, `cantus revoke`: changes of a running venue that an operator
// signs. The difference is shown first.
#include <algorithm>
#include <cstdio>

#include "cli/commands.h"
#include "cli/process_settings.h"
#include "cli/signing.h"

namespace cantus::cli {
namespace {

// Where a part stands within a command is no part of what it changes.
bool same_change(const CommandPart& one, CommandPart other) {
  other.index = one.index;
  return one == other;
}

// What is needed behind `done`, and in which roles it is signed. True: there is something.
bool tell_left(const refdata::ChangesNeeded& needed, const ReferenceData& refdata,
               const std::vector<CommandPart>& done = {}) {
  bool left = false;
  for (const CommandPart& part : needed.parts) {
    if (std::any_of(done.begin(), done.end(), [&](const CommandPart& one) { return same_change(one, part); })) {
      continue;
    }
    left = true;
    const CommandRule& rule = *rule_of(part.change, part.change_version);
    for (const std::string& line : refdata::describe_change(refdata, part)) {
      std::printf("left for %s: %s\n", refdata::roles_text(rule.roles.bits()).c_str(), line.c_str());
    }
  }
  return left;
}

// Signs for one role after the other, each for the settings that the one before left. It ends at a command that waits:
// as soon as that takes effect, whatever was signed for the settings before it would be overtaken.
int sign_for(const Arguments& arguments, const refdata::Configuration& configuration) {
  std::optional<refdata::OperatorKey> key;
  int result = exit_ok;
  bool any = false;
  while (true) {
    const Result<std::unique_ptr<VenueState>> state = read_venue(arguments);
    if (!state) {
      return complain_of("apply", state.error());
    }
    const ReferenceData& refdata = (*state)->refdata();
    const refdata::ChangesNeeded needed = refdata::changes_to(configuration, (*state)->recorded);
    for (const std::string& what : needed.not_possible) {
      std::fprintf(stderr, "cantus apply: %s\n", what.c_str());
    }
    if (!needed.not_possible.empty()) {
      return exit_difference;
    }
    if (needed.parts.empty()) {
      std::printf("the log holds this configuration\n");
      // It may be what an earlier command could not write.
      return result == exit_ok ? follow_log("apply", (*state)->place) : result;
    }
    if (!key) {
      Result<refdata::OperatorKey> read = read_key(arguments, key_option, passphrase_option);
      if (!read) {
        return complain_of("apply", read.error());
      }
      key = std::move(*read);
    }
    const Result<const Operator*> owner = owner_of(refdata, *key);
    if (!owner) {
      return complain_of("apply", owner.error());
    }
    std::vector<CommandPart> parts;
    for (std::uint8_t number = 1; parts.empty() && number <= static_cast<std::uint8_t>(OperatorRole::administrator);
         ++number) {
      if ((*owner)->roles().contains(OperatorRole{number})) {
        parts = refdata::parts_of_role(needed.parts, OperatorRole{number});
      }
    }
    if (parts.empty()) {
      tell_left(needed, refdata);
      return any ? exit_ok : exit_difference;
    }
    bool took = false;
    result = sign_and_put(arguments, "apply", **state, parts, *key, took);
    if (!took) {
      if (result == exit_ok && tell_left(needed, refdata, parts)) {
        std::printf("what is left is signed once that one is in force: `cantus apply` again\n");
      }
      return result;
    }
    any = true;
    if (const int followed = follow_log("apply", (*state)->place); followed != exit_ok) {
      return followed;
    }
  }
}

// What processes decide is not on the log: nobody signs for it, and until a start with this file nothing follows it.
void tell_of_next_start(const Arguments& arguments, const refdata::Configuration& configuration) {
  const auto place = VenuePlace::with_log(arguments.text_or("data", default_data_directory));
  const auto now = place ? refdata::load_configuration(place->configuration(), refdata::ConfigurationOf::log)
                         : Result<refdata::Configuration>(place.error());
  if (!now) {
    std::fprintf(stderr, "cantus apply: which settings the venue's processes run with is not known: %s\n",
                 now.error().text.c_str());
    return;
  }
  for (const std::string& line : process_differences(now->process, configuration.process)) {
    std::printf("takes effect at the next `cantus up` with this file: %s\n", line.c_str());
  }
}

int apply(const Arguments& arguments) {
  const Result<refdata::Configuration> configuration =
      refdata::load_configuration(arguments.words()[0], refdata::ConfigurationOf::log);
  if (!configuration) {
    return complain_of("apply", of_file(configuration.error()));
  }
  const int result = sign_for(arguments, *configuration);
  if (result == exit_ok) {
    tell_of_next_start(arguments, *configuration);
  }
  return result;
}

template <class M>
Result<std::vector<CommandPart>> grant_part(const Arguments& arguments, const VenueState& state,
                                            TopicId M::*topic_field) {
  const PublisherPermission* const publisher = state.refdata().publishing().find(arguments.words()[0]);
  const std::optional<TopicId> topic = topic::by_path(arguments.words()[1]);
  if (publisher == nullptr || !topic) {
    return Error{ErrorCode::refused, publisher == nullptr ? "there is no publisher " + arguments.words()[0]
                                                          : "there is no topic " + arguments.words()[1]};
  }
  M change;
  change.publisher = publisher->defined.publisher;
  change.*topic_field = *topic;
  return std::vector{part_of(change, 0)};
}

int grant(const Arguments& arguments) {
  return sign_parts(arguments, "grant", [&](const VenueState& state) {
    return grant_part<PublishGranted>(arguments, state, &PublishGranted::granted);
  });
}

int revoke(const Arguments& arguments) {
  return sign_parts(arguments, "revoke", [&](const VenueState& state) {
    return grant_part<PublishRevoked>(arguments, state, &PublishRevoked::revoked);
  });
}

}  // namespace

const Command apply_command = {
    .name = "apply",
    .words = "CONFIG",
    .summary = "Sign for what a running venue's log must change to hold this configuration.",
    .details =
        "Shows what changes, asks, and puts a signed command on the log for each role that the key's owner has; what\n"
        "other roles sign for is listed. Where a second person is needed the command waits on the log\n"
        "(`cantus pending`, `cantus approve`), unless --second-key signs at once. What is left is listed and signed\n"
        "once that one is in force. Addresses, layout and what else processes decide change by starting with the\n"
        "file; what differs there is listed.\n",
    .options = sign_options,
    .words_min = 1,
    .words_max = 1,
    .run = apply};

const Command grant_command = {.name = "grant",
                               .words = "PUBLISHER TOPIC",
                               .summary = "Sign that a publisher may write on a topic.",
                               .options = sign_options,
                               .words_min = 2,
                               .words_max = 2,
                               .run = grant};

const Command revoke_command = {.name = "revoke",
                                .words = "PUBLISHER TOPIC",
                                .summary = "Sign that a publisher may write on a topic no more.",
                                .options = sign_options,
                                .words_min = 2,
                                .words_max = 2,
                                .run = revoke};

}  // namespace cantus::cli
