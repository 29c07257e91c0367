#include "tests/sim/faults/injector.h"

#include <algorithm>
#include <utility>

#include "eventlog/directory.h"
#include "eventlog/layout.h"
#include "eventlog/sealed_file.h"
#include "tests/sim/faults/happenings.h"

namespace cantus::sim {
namespace {

constexpr std::uint64_t what_goes_wrong = 0x6661756c;
constexpr std::uint64_t what_is_over = 0x6f766572;

void let_happen(Happening happening) {
  switch (info_of(happening.kind).of) {
    case FaultOf::processes:
      happen_to_processes(std::move(happening));
      return;
    case FaultOf::disk:
      happen_to_disk(std::move(happening));
      return;
    case FaultOf::bytes:
      damage(std::move(happening));
      return;
    case FaultOf::links:
      happen_to_links(std::move(happening));
      return;
    case FaultOf::rings:
      happen_to_rings(std::move(happening));
      return;
    case FaultOf::clocks:
      happen_to_clocks(std::move(happening));
      return;
  }
}

}  // namespace

void Happening::after(std::int64_t ns, std::function<void()> f) const {
  world.ground().queue.after(ns, what_is_over, std::move(f));
}

std::string Happening::some_process() {
  const std::vector<std::string> names = world.processes();
  return names[draws.below(names.size())];
}

Injector::Injector(World& world, std::vector<Fault> faults) : world_(world), faults_(std::move(faults)) {
  std::int64_t last_ns = -fault_lasts_at_most_ns;
  for (const Fault& fault : faults_) {
    world_.ground().queue.after(fault.at_ns, what_goes_wrong, [this, &fault] { happen(fault); });
    last_ns = std::max(last_ns, fault.at_ns);
  }
  world_.ground().queue.after(last_ns + fault_lasts_at_most_ns, what_is_over, [this] {
    world_.calm();
    calm_ = true;
  });
}

void Injector::happen(const Fault& fault) {
  const FaultKindInfo& info = info_of(fault.kind);
  let_happen({world_, fault.kind, Draws(fault.arg, info.name), [this, kind = fault.kind] { took(kind); }});
}

void Injector::took(FaultKind kind) {
  const FaultKindInfo& info = info_of(kind);
  ++by_kind_[info.name];
  expected_ = std::max(expected_, info.end);
  if (info.end == Expected::refused) {
    damaged_ = journal_of(world_);
  }
}

runtime::SimulatedFiles::Image journal_of(World& world) {
  const std::filesystem::path& journal = world.paths().journal();
  const Result<eventlog::Directory> directory = eventlog::read_directory(world.host().files, journal);
  const std::uint64_t unsealed = directory ? directory->next_number() : 0;
  runtime::SimulatedFiles::Image image = world.host().files.image();
  std::erase_if(image, [&](const auto& file) {
    const auto segment = eventlog::parse_segment_name(file.first.filename().string());
    return file.first.parent_path() != journal || (segment && segment->number < unsealed) ||
           eventlog::is_packed(file.first);
  });
  return image;
}

}  // namespace cantus::sim
