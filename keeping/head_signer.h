// Signs heads: the edge of the keeper that puts on the log what was sealed, under the venue's own key
// (refdata/head_keys.h). One head at a time; what was not signed while it was away is made up. Without the secret half
// of the key in force nothing is signed, and that is said: a key is never replaced but by operators.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "keeping/heads.h"
#include "refdata/reference_data.h"
#include "runtime/host/participant.h"

namespace cantus::keeping {

class HeadSigner final : public host::EdgeApplication {
 public:
  // `files` outlives it. `data` is the venue's directory, `journal` where its log lies.
  HeadSigner(runtime::Files& files, std::filesystem::path data, std::filesystem::path journal);

  // Before anything is applied.
  void use(host::EdgeProposer& proposer) { proposer_ = &proposer; }
  // Why nothing is signed; empty while nothing stands in the way.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

  void apply(const Event& event) override;
  [[nodiscard]] Status restore(const SnapshotSections& from) override { return refdata_.restore(from); }
  void on_stable(Seq stable) override;
  void on_attached(const host::Attachment& attachment) override;
  void on_lost() override { in_flight_.reset(); }
  void on_refused(PublisherSeq number, const std::string& why) override;
  [[nodiscard]] bool waited_for() const override { return in_flight_.has_value(); }

 private:
  void note_own(const Event& event);
  void look();
  // Said once; tried again a while later.
  void wait_out(const Error& trouble);
  [[nodiscard]] Status name_first_key();
  [[nodiscard]] Status sign_next();
  [[nodiscard]] Status load_key();

  runtime::Files& files_;
  std::filesystem::path data_;
  std::filesystem::path journal_;
  host::EdgeProposer* proposer_ = nullptr;
  ReferenceData refdata_;
  VenueId venue_;                  // as records say
  std::optional<HeadKey> key_;     // the one in force
  eventlog::Directory directory_;  // as it was when something was looked for in it
  std::optional<PublisherSeq> in_flight_;
  std::string trouble_;
  TimeNs try_again_;  // log time; after trouble
};

}  // namespace cantus::keeping
