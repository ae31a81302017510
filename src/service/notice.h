// Something about the data that people and agents must know (it was restored, say): health carries it, and each agent's
// next answer, once.
#pragma once

#include <mutex>
#include <set>
#include <string>

#include "base/ids.h"

namespace stream_status::service {

/// `set` before any other thread asks; the rest from any thread.
class Notice {
 public:
  void set(std::string text) { text_ = std::move(text); }
  const std::string& text() const { return text_; }
  bool is_there() const { return !text_.empty(); }

  /// The answer's JSON object, with the member `notice` if this agent has not been told. Unnamed callers read health.
  std::string add_to(std::string body, const AgentName& agent);

 private:
  std::string text_;
  std::mutex mutex_;                         ///< guards told_
  std::set<std::string, std::less<>> told_;  ///< agents
};

}  // namespace stream_status::service
