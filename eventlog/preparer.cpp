#include "eventlog/preparer.h"

#include "eventlog/seal.h"

namespace cantus::eventlog {
namespace {

// How soon a full disk is tried again: somebody may have made room on it, which nobody tells us.
constexpr std::chrono::milliseconds retry{50};

}  // namespace

bool Preparer::wanted() const {
  return core_.prepared.load() == nullptr && core_.unsealed.load() < core_.options.unsealed_max;
}

void Preparer::run() {
  while (!core_.over()) {
    if (!wanted()) {
      core_.preparer.wait();
      continue;
    }
    Result<std::unique_ptr<Segment>> segment = make_segment(core_.place(), next_number_, core_.options.segment_bytes);
    if (segment) {
      ++next_number_;
      core_.prepared.store(core_.keep(*std::move(segment)));
      if (core_.options.listener != nullptr) {
        core_.options.listener->on_room();
      }
    } else if (segment.error().code == ErrorCode::no_space) {
      core_.preparer.wait_at_most(retry);
    } else {
      core_.stop(segment.error());
    }
  }
}

Sealer::Sealer(Core& core, Directory directory)
    : core_(core), directory_(std::move(directory)), newest_(directory_.segments.size()) {}

void Sealer::run() {
  while (!core_.over()) {
    if (Segment* segment = core_.next_to_seal(); segment != nullptr) {
      seal(segment);
    } else {
      core_.sealer.wait();
    }
  }
}

void Sealer::seal(Segment* segment) {
  const Result<SealedSegment> sealed =
      seal_segment(segment->bytes, directory_, segment->opening, Seq(UINT64_MAX), [this] { return core_.over(); });
  if (!sealed) {
    if (!core_.over()) {
      core_.stop(sealed.error());
    }
    return;
  }
  Directory next = directory_;
  next.segments.push_back(*sealed);
  Status status = write_directory(core_.files, core_.options.journal, next);
  while (!status && status.error().code == ErrorCode::no_space && !core_.over()) {
    core_.sealer.wait_at_most(retry);  // a full disk is waited out; what failed was a new file
    status = write_directory(core_.files, core_.options.journal, next);
  }
  if (!status && status.error().code == ErrorCode::no_space) {
    return;  // ended before there was room: the next process seals it
  }
  if (status) {
    // Listed: from here on everybody finds it in its file, and those that still map the memory keep it.
    status = core_.files.remove(core_.options.memory / segment_name(segment->number, segment->opening));
  }
  if (!status) {
    core_.stop(status.error());
    return;
  }
  core_.drop(segment->number);
  {
    const std::lock_guard guard(mutex_);
    directory_ = std::move(next);
  }
  newest_.store(sealed->number);
  --core_.unsealed;
  core_.preparer.wake();
  if (core_.options.listener != nullptr) {
    core_.options.listener->on_sealed();
  }
}

std::optional<SegmentSealed> Sealer::sealed_after(std::uint64_t segment) const {
  if (newest_.load() <= segment) {
    return std::nullopt;
  }
  const std::lock_guard guard(mutex_);
  return as_message(directory_.segments[segment]);  // numbered from 1: index `segment` is the one behind it
}

}  // namespace cantus::eventlog
