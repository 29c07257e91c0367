#include "bench/report.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include "base/assert.h"

namespace cantus::bench {
namespace {

// A ratio with three decimals, as a number that prints shortly.
double ratio_of(std::int64_t ours, std::int64_t floor) {
  const std::int64_t thousandths = ours * 1000 / std::max<std::int64_t>(floor, 1);
  return static_cast<double>(thousandths) / 1000.0;
}

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) {
      const std::size_t colon = line.find(": ");
      return colon == std::string::npos ? line : line.substr(colon + 2);
    }
  }
  return "unknown";
}

}  // namespace

std::int64_t quantile(std::vector<std::int64_t> samples, unsigned per_mille) {
  CANTUS_ASSERT(!samples.empty() && per_mille <= 1000, "a quantile is taken of something");
  const std::size_t at = std::min(samples.size() * per_mille / 1000, samples.size() - 1);
  std::nth_element(samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(at), samples.end());
  return samples[at];
}

Json to_json(const Measured& measured) {
  Json result = {{"name", measured.name}, {"unit", measured.unit}};
  std::int64_t ours = 0;
  if (measured.value) {
    ours = *measured.value;
    result["value"] = ours;
  } else {
    ours = quantile(measured.samples, measured.compared_per_mille);
    result["p50"] = quantile(measured.samples, 500);
    result["p99"] = quantile(measured.samples, 990);
    result["p999"] = quantile(measured.samples, 999);
    result["max"] = quantile(measured.samples, 1000);
  }
  if (measured.floor) {
    result["floor"] = *measured.floor;
    result["ratio"] = ratio_of(ours, *measured.floor);
  }
  result.update(measured.more.is_null() ? Json::object() : measured.more);
  return result;
}

Json machine_description() {
  utsname kernel{};
  uname(&kernel);
  const auto pages = static_cast<std::int64_t>(sysconf(_SC_PHYS_PAGES));
  return {{"processor", processor_name()},
          {"cores", std::thread::hardware_concurrency()},
          {"memory_mib", pages * sysconf(_SC_PAGESIZE) / (1024 * 1024)},
          {"kernel", std::string(kernel.sysname) + " " + kernel.release}};
}

}  // namespace cantus::bench
