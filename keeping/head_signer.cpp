#include "keeping/head_signer.h"

#include <utility>

#include "runtime/logging.h"

namespace cantus::keeping {
namespace {

constexpr std::int64_t try_again_after_ns = 5'000'000'000;

}  // namespace

HeadSigner::HeadSigner(runtime::Files& files, std::filesystem::path data, std::filesystem::path journal)
    : files_(files), data_(std::move(data)), journal_(std::move(journal)) {}

void HeadSigner::apply(const Event& event) {
  venue_ = event.header->venue;
  refdata_.apply(event);
  if (in_flight_ && event.header->publisher == proposer_->publisher() && *in_flight_ <= event.header->publisher_seq) {
    in_flight_.reset();
    note_own(event);
  }
  look();
}

// A head that a rotation overtook is signed again at once. Nothing else should keep one from counting; if something
// does, it is not said without end.
void HeadSigner::note_own(const Event& event) {
  const HeadKeys& keys = refdata_.head_keys();
  if (event.is<HeadSigned>() && event.as<HeadSigned>().key == keys.current() &&
      event.as<HeadSigned>().segment > keys.signed_through()) {
    wait_out(Error{ErrorCode::corrupt,
                   "the log does not count the head of segment " + std::to_string(event.as<HeadSigned>().segment)});
  } else {
    trouble_.clear();
  }
}

void HeadSigner::on_stable(Seq /*stable*/) { look(); }

void HeadSigner::on_attached(const host::Attachment& /*attachment*/) { look(); }

void HeadSigner::on_refused(PublisherSeq number, const std::string& why) {
  if (in_flight_ && *in_flight_ >= number) {
    in_flight_.reset();
    wait_out(Error{ErrorCode::refused, "the sequencer refused it: " + why});
  }
}

void HeadSigner::wait_out(const Error& trouble) {
  try_again_ = TimeNs(refdata_.time().get() + try_again_after_ns);
  if (trouble.text != trouble_) {
    trouble_ = trouble.text;
    runtime::log_error("heads are not signed: " + trouble_);
  }
}

void HeadSigner::look() {
  const HeadKeys& keys = refdata_.head_keys();
  const bool due = keys.current() == 0 || keys.signed_through() < keys.sealed_through();
  if (!due || in_flight_ || proposer_ == nullptr || !refdata_.complete() || refdata_.time() < try_again_ ||
      !proposer_->can_propose()) {
    return;
  }
  const Status done = keys.current() == 0 ? name_first_key() : sign_next();
  if (!done) {
    wait_out(done.error());
  }
}

Status HeadSigner::name_first_key() {
  std::optional<HeadKey> key = some_head_key(files_, data_);
  if (!key) {
    Result<HeadKey> made = make_head_key(files_, data_);
    if (!made) {
      return std::move(made).error();
    }
    key = *std::move(made);
  }
  in_flight_ = proposer_->propose(name_key(venue_, 1, *key, nullptr));
  return {};
}

Status HeadSigner::sign_next() {
  if (Status loaded = load_key(); !loaded) {
    return loaded;
  }
  const HeadKeys& keys = refdata_.head_keys();
  if (directory_.segments.size() <= keys.signed_through()) {
    Result<eventlog::Directory> directory = eventlog::read_directory(files_, journal_);
    if (!directory) {
      return std::move(directory).error();
    }
    directory_ = *std::move(directory);
  }
  if (directory_.segments.size() <= keys.signed_through()) {
    return Error{ErrorCode::corrupt, "the directory record does not list what the log says is sealed"};
  }
  const HeadStatement statement = statement_of(directory_, directory_.segments[keys.signed_through()]);
  in_flight_ = proposer_->propose(sign_head(statement, keys.current(), *key_));
  return {};
}

Status HeadSigner::load_key() {
  const SigningKey& wanted = refdata_.head_keys().all().back().key;
  if (key_ && key_->public_key() == wanted) {
    return {};
  }
  Result<HeadKey> key = read_head_key(files_, data_, wanted);
  if (!key) {
    return std::move(key).error();
  }
  key_ = *std::move(key);
  return {};
}

}  // namespace cantus::keeping
