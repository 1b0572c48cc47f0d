#include "base/log.h"

#include <spdlog/details/null_mutex.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>

#include <mutex>

namespace custos {
namespace {

// HostSink passes each line to the host's callback; spdlog's mutex keeps the calls one at a time.
class HostSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  void set(LogSink host) {
    const std::lock_guard lock(mutex_);
    host_ = std::move(host);
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    if (host_) host_(level_of(message.level), {message.payload.data(), message.payload.size()});
  }
  void flush_() override {}

 private:
  static LogLevel level_of(spdlog::level::level_enum level) {
    if (level <= spdlog::level::debug) return LogLevel::debug;
    if (level == spdlog::level::info) return LogLevel::info;
    if (level == spdlog::level::warn) return LogLevel::warning;
    return LogLevel::error;
  }

  LogSink host_;
};

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return spdlog::level::debug;
    case LogLevel::info: return spdlog::level::info;
    case LogLevel::warning: return spdlog::level::warn;
    case LogLevel::error: return spdlog::level::err;
  }
  return spdlog::level::err;
}

struct Logging {
  std::shared_ptr<HostSink> sink = std::make_shared<HostSink>();
  spdlog::logger logger{"custos", sink};
  Logging() { logger.set_level(spdlog::level::off); }
};

// Never destroyed: threads may log while the process exits.
Logging& logging() {
  static auto* instance = new Logging;
  return *instance;
}

}  // namespace

void set_log_sink(LogSink sink, LogLevel least) {
  logging().logger.set_level(sink ? spdlog_level(least) : spdlog::level::off);
  logging().sink->set(std::move(sink));
}

namespace log {

void write(LogLevel level, std::string_view line) { logging().logger.log(spdlog_level(level), "{}", line); }

}  // namespace log
}  // namespace custos
