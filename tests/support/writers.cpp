#include "support/writers.h"

#include "support/database.h"

namespace stream_status::testing {

Writers::Writers(const World& world, int count, const std::string& name) {
  for (int i = 0; i < count; ++i) {
    agents_.push_back(std::make_unique<Agent>(world));
    ledger_.push_back({name + "-" + std::to_string(i)});
  }
  std::vector<int> added;
  for (std::size_t i = 0; i < agents_.size(); ++i)
    added.push_back(agents_[i]->send("add_stream", {{"title", "Stream"}, {"streamId", ledger_[i].stream}}));
  for (std::size_t i = 0; i < agents_.size(); ++i) {
    EXPECT_TRUE(agents_[i]->wait_for(added[i]));
    const ToolAnswer answer = agents_[i]->take(added[i]);
    EXPECT_FALSE(answer.is_error) << answer.text;
  }
}

void Writers::send(std::size_t writer) {
  Line& line = ledger_[writer];
  const std::string step = std::to_string(line.steps + 1);
  line.waiting_for = agents_[writer]->send(
      "update_stream", {{"streamId", line.stream}, {"note", step}, {"requestId", line.stream + "-" + step}});
}

void Writers::take(std::size_t writer) {
  Line& line = ledger_[writer];
  const ToolAnswer answer = agents_[writer]->take(std::exchange(line.waiting_for, 0));
  if (!answer.is_error) {
    ++acknowledged_;
    ++line.steps;
    return;
  }
  ++refused_;
  const json::value* retryable = answer.data.if_contains("retryable");
  line.gave_up = retryable == nullptr || *retryable != true;
  EXPECT_FALSE(line.gave_up) << line.stream << ": " << answer.text;
}

bool Writers::run(const std::function<bool()>& enough, const Deadline& deadline, milliseconds look) {
  bool go_on = true;
  return listen_until(
      agents_,
      [&] {
        bool waiting = false;
        go_on = go_on && !enough();
        for (std::size_t i = 0; i < agents_.size(); ++i) {
          if (ledger_[i].waiting_for != 0 && agents_[i]->has_answer(ledger_[i].waiting_for)) take(i);
          if (ledger_[i].waiting_for == 0 && go_on && !ledger_[i].gave_up) send(i);
          waiting = waiting || ledger_[i].waiting_for != 0;
        }
        return !go_on && !waiting;
      },
      deadline, look);
}

void Writers::expect_each_write_once(const std::string& database) const {
  std::map<std::string, std::vector<std::string>> notes;
  for (auto& row : rows_of(database, "SELECT stream_id, new_value FROM events WHERE type = 'note' ORDER BY revision"))
    notes[row[0]].push_back(std::move(row[1]));
  for (const Line& line : ledger_) {
    std::vector<std::string> expected;
    for (int step = 1; step <= line.steps; ++step) expected.push_back("\"" + std::to_string(step) + "\"");
    EXPECT_EQ(line.waiting_for, 0) << line.stream << ": the last write has no answer";
    EXPECT_EQ(notes[line.stream], expected) << line.stream << " in " << database;
  }
}

}  // namespace stream_status::testing
