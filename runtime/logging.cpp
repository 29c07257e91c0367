#include "runtime/logging.h"

#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <system_error>

namespace cantus::runtime {
namespace {

constexpr std::size_t file_bytes_max = 32u << 20;
constexpr std::size_t files_max = 4;
constexpr const char* line_pattern = "%Y-%m-%dT%H:%M:%S.%fZ %l %v";

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

std::shared_ptr<spdlog::sinks::sink> stderr_sink() {
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  sink->set_level(spdlog::level::warn);
  return sink;
}

std::shared_ptr<spdlog::logger> finish(std::shared_ptr<spdlog::logger> logger) {
  logger->set_pattern(line_pattern, spdlog::pattern_time_type::utc);
  logger->flush_on(spdlog::level::info);
  return logger;
}

std::shared_ptr<spdlog::logger>& the_logger() {
  static std::shared_ptr<spdlog::logger> logger = finish(std::make_shared<spdlog::logger>("cantus", stderr_sink()));
  return logger;
}

}  // namespace

Status start_logging(const std::filesystem::path& directory, const std::string& process, LogLevel least, bool echo) {
  std::error_code failure;
  std::filesystem::create_directories(directory, failure);
  try {
    auto logger = std::make_shared<spdlog::logger>("cantus");
    logger->sinks().push_back(std::make_shared<spdlog::sinks::rotating_file_sink_mt>(
        (directory / (process + ".log")).string(), file_bytes_max, files_max));
    if (echo) {
      logger->sinks().push_back(stderr_sink());
    }
    logger->set_level(level_of(least));
    the_logger() = finish(std::move(logger));
  } catch (const spdlog::spdlog_ex& error) {
    return Error{ErrorCode::failed, "begin the log of " + process + ": " + error.what()};
  }
  return {};
}

void stop_logging() { the_logger()->set_level(spdlog::level::off); }

void write_log(LogLevel level, std::string_view text) {
  the_logger()->log(level_of(level), spdlog::string_view_t(text.data(), text.size()));
}

void LimitedLog::write(LogLevel level, std::string_view text, std::int64_t now_ns) {
  end_of_second(now_ns);
  if (lines_ == lines_of_a_second_max) {
    ++left_out_;
    return;
  }
  ++lines_;
  write_log(level, owner_ + ": " + std::string(text));
}

void LimitedLog::end_of_second(std::int64_t now_ns) {
  constexpr std::int64_t second_ns = 1'000'000'000;
  if (now_ns - since_ns_ < second_ns) {
    return;
  }
  if (left_out_ > 0) {
    log_info(owner_ + ": " + std::to_string(left_out_) + " more such lines were left out");
  }
  since_ns_ = now_ns;
  lines_ = 0;
  left_out_ = 0;
}

}  // namespace cantus::runtime
