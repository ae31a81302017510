// Exports come back as they were, and what is not whole, or not right, is refused with its line.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <random>
#include <sstream>

#include "api/codec.h"
#include "base/json.h"
#include "domain/change.h"
#include "service/transfer.h"
#include "service/transfer_lines.h"
#include "store/sqlite/database_file.h"
#include "support/store_world.h"

namespace stream_status::service {
namespace {

using testing::ServiceWorld;
using testing::TemporaryDirectory;

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class Transfer : public ::testing::Test, protected ServiceWorld {
 protected:
  void work_at_random(unsigned seed, int steps) {
    std::mt19937 random(seed);
    const auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    const auto id = [&] { return fmt::format("s{}", pick(10)); };
    for (int i = 0; i < steps; ++i) {
      switch (pick(5)) {
        case 0:
          (void)call("add_stream",
                     fmt::format(R"({{"title":"T ü\u0001\" {}","streamId":"{}","phases":["a","b"]}})", i, id()));
          break;
        case 1:
          (void)call("update_stream", fmt::format(R"({{"streamId":"{}","status":"{}"}})", id(),
                                                  domain::kStatusNames[static_cast<std::size_t>(pick(6))]));
          break;
        case 2:
          (void)call("update_stream",
                     fmt::format(R"({{"streamId":"{}","note":"n\n{}","progress":{}}})", id(), i, pick(100)));
          break;
        case 3: (void)call("update_stream", fmt::format(R"({{"streamId":"{}","blockedBy":"{}"}})", id(), id())); break;
        default:
          (void)call("add_commit",
                     fmt::format(R"({{"streamId":"{}","commitHash":"{:08x}","message":"c{}"}})", id(), pick(50), i));
          break;
      }
      world.clock.advance(milliseconds(700));
    }
  }

  os::Fd open(const std::string& path) { return std::move(*os::open_directory(path)); }

  /// Of a copy of the database, as the server does it.
  std::string export_of(store::Store& source) {
    const std::string copy = fmt::format("copy-{}.db", ++copies_);
    EXPECT_TRUE(source.snapshot(files_.path() + "/" + copy));
    const os::Fd directory = open(files_.path());
    const std::string target = fmt::format("{}/export-{}.jsonl", files_.path(), copies_);
    const auto report = export_database({directory, files_.path(), copy}, "fieldnote", target, world.clock.wall());
    EXPECT_TRUE(report) << report.error().message;
    return read_text(target);
  }
  Result<TransferReport> import(const std::string& text, const std::string& name = "imported.db") {
    const os::Fd directory = open(files_.path());
    return import_database(text, {directory, files_.path(), name}, world.clock.wall());
  }
  /// Counts and sum of lines that were changed: as whoever means harm writes them.
  static std::string signed_again(const std::string& text) {
    std::string signed_text;
    LineSum sum;
    std::map<std::string, std::int64_t> counts;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      const json::object object = *parse_json_object(line);
      const std::string kind(find_string(object, "kind").value_or(""));
      if (kind == "end") {
        json::object end{{"kind", "end"}};
        for (const char* name : {"event", "stream", "commit", "scan", "intent"})
          end[std::string(name) + "s"] = counts[name];
        end["sha256"] = sum.hex();
        return signed_text + json::serialize(end) + "\n";
      }
      if (!kind.empty()) {
        ++counts[kind];
        sum.add(line);
      }
      signed_text += line + "\n";
    }
    return signed_text;
  }
  static void replace(std::string& text, std::string_view from, std::string_view to) {
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
  }
  /// What import makes of it.
  std::vector<store::IntentRow> imported_intents(const std::string& text) {
    const auto report = import(text);
    EXPECT_TRUE(report) << report.error().message;
    const os::Fd directory = open(files_.path());
    store::OpenReport ignored;
    const auto imported = store::SqliteStore::open(
        {&directory, files_.path(), "imported.db"},
        [](store::SqliteStore&, std::int64_t) -> Result<void> { return {}; }, ignored);
    EXPECT_TRUE(imported);
    return imported ? *(*(*imported)->open_reader())->intents() : std::vector<store::IntentRow>();
  }
  void insert_intent(const std::string& kind, store::IntentState state) {
    const auto transaction = *world.store->begin(world.clock.wall());
    store::IntentRow intent;
    intent.kind = kind;
    intent.stream_id.text = "auth";
    intent.payload = R"({"report":"README.md","planFiles":[{"path":"src/main.cpp"}]})";
    intent.state = state;
    intent.due = world.clock.wall();
    ASSERT_TRUE(transaction->insert_intent(intent, world.clock.wall()));
    ASSERT_TRUE(transaction->commit());
  }
  static std::string body(const std::string& text) { return text.substr(text.find('\n')); }

  TemporaryDirectory files_;
  int copies_ = 0;
};

TEST_F(Transfer, GeneratedProjectsComeBackLineByLine) {
  for (unsigned seed = 1; seed <= 3; ++seed) {
    work_at_random(seed, 150);
    const std::string first = export_of(*world.store);
    const std::string name = fmt::format("imported-{}.db", seed);
    const auto report = import(first, name);
    ASSERT_TRUE(report) << report.error().message;
    const os::Fd directory = open(files_.path());
    store::OpenReport ignored;
    const auto imported = store::SqliteStore::open(
        {&directory, files_.path(), name}, [](store::SqliteStore&, std::int64_t) -> Result<void> { return {}; },
        ignored);
    ASSERT_TRUE(imported) << imported.error().message;
    EXPECT_EQ(body(export_of(**imported)), body(first)) << seed;
    EXPECT_EQ((*imported)->head(), world.store->head());
    const store::Counts original = *world.store->counts(world.today());
    EXPECT_EQ((*imported)->counts(world.today())->stats, original.stats) << "also who waits for whom";
    EXPECT_EQ(*(*imported)->check_integrity(), "ok");
  }
}

TEST_F(Transfer, EveryCutAndEveryChangedByteIsNoticed) {
  work_at_random(7, 40);
  const std::string whole = export_of(*world.store);
  ASSERT_TRUE(import(whole));
  for (std::size_t cut = 0; cut + 1 < whole.size(); cut += 97)
    EXPECT_FALSE(import(whole.substr(0, cut))) << "cut at " << cut;
  std::mt19937 random(3);
  for (int i = 0; i < 60; ++i) {
    std::string changed = whole;
    const std::size_t at = whole.find('\n') + random() % (whole.size() - whole.find('\n') - 1);
    changed[at] = changed[at] == 'x' ? 'y' : 'x';
    const auto refused = import(changed);
    EXPECT_FALSE(refused) << "changed at " << at;
    if (!refused) EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument) << refused.error().message;
  }
}

TEST_F(Transfer, ARefusalNamesLineAndField) {
  must("add_stream", R"({"title":"Auth","streamId":"auth"})");
  const std::string whole = export_of(*world.store);
  struct Row {
    std::string_view from;
    std::string_view to;
    std::string_view says;
  };
  const Row rows[] = {
      {R"("format":"stream-status-export")", R"("format":"other")", "line 1: format"},
      {R"("version":1)", R"("version":9)", "line 1: version"},
      {R"("streamId":"auth")", R"("streamId":7)", "line 2: streamId"},
      {R"("kind":"stream")", R"("kind":"river")", "line 3: kind"},
      {R"("kind":"stream","stream":{"id":"auth")", R"("kind":"stream","stream":{"id":"other")", "line 3: stream.id"},
      {R"("streams":1)", R"("streams":2)", "line 4: streams"},
      {R"("sha256":")", R"("sha256":"0)", "line 4: sha256"},
  };
  for (const Row& row : rows) {
    std::string text = whole;
    const std::size_t at = text.find(row.from);
    ASSERT_NE(at, std::string::npos) << row.from;
    text.replace(at, row.from.size(), row.to);
    const auto refused = import(text);
    ASSERT_FALSE(refused) << row.to;
    EXPECT_NE(refused.error().message.find(row.says), std::string::npos) << refused.error().message;
    EXPECT_FALSE(refused.error().hint.empty());
  }
  EXPECT_FALSE(import("")) << "an empty file";
  EXPECT_FALSE(import(whole + "{}\n")) << "something after the end";
}

TEST_F(Transfer, WhatWasOpenIsNotCarriedOutElsewhere) {
  must("add_stream", R"({"title":"Auth","streamId":"auth"})");
  for (const char* kind : {"retire", "unretire", "summary"}) insert_intent(kind, store::IntentState::kOpen);
  insert_intent("retire", store::IntentState::kDone);
  const std::string whole = export_of(*world.store);
  const auto intents = imported_intents(whole);
  ASSERT_EQ(intents.size(), 4u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(intents[i].state, store::IntentState::kFailed) << intents[i].kind;
    EXPECT_EQ(intents[i].error, "open when it was exported");
  }
  EXPECT_EQ(intents[3].state, store::IntentState::kDone);
  EXPECT_EQ(intents[3].error, "");

  for (const char* payload : {R"("[1]")", R"("")", R"("{")"}) {
    std::string text = whole;
    const std::size_t at = text.find(R"("payload":")") + 10;
    text.replace(at, text.find(R"(","state")", at) + 1 - at, payload);
    const auto refused = import(signed_again(text));
    ASSERT_FALSE(refused) << payload;
    EXPECT_NE(refused.error().message.find("intent.payload"), std::string::npos) << refused.error().message;
  }
}

TEST_F(Transfer, RevisionsThatWouldLeadAstrayAreRefused) {
  must("add_stream", R"({"title":"Auth","streamId":"auth"})");
  must("add_stream", R"({"title":"Cart","streamId":"cart"})");
  must("update_stream", R"({"streamId":"auth","note":"half"})");
  const std::string whole = export_of(*world.store);
  ASSERT_EQ(signed_again(whole), whole);
  struct Row {
    std::string_view from;
    std::string_view to;
    std::string_view says;
  };
  const Row rows[] = {
      {R"("revision":3})", R"("revision":9223372036854775807})", "line 1: revision"},
      {R"("revision":3})", R"("revision":9007199252740993})", "line 1: revision"},
      {R"("previous":0,"event":{"revision":2)", R"("previous":1,"event":{"revision":2)", "line 3: previous"},
      {R"("previous":1,"event":{"revision":3)", R"("previous":2,"event":{"revision":3)", "line 4: previous"},
      {R"("previous":1,"event":{"revision":3)", R"("previous":0,"event":{"revision":3)", "line 4: previous"},
  };
  for (const Row& row : rows) {
    std::string text = whole;
    replace(text, row.from, row.to);
    const auto refused = import(signed_again(text));
    ASSERT_FALSE(refused) << row.to;
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(refused.error().message.find(row.says), std::string::npos) << refused.error().message;
  }
}

TEST_F(Transfer, FoldedHistoriesAreTakenBack) {
  must("add_stream", R"({"title":"Auth","streamId":"auth"})");
  must("add_stream", R"({"title":"Cart","streamId":"cart"})");
  for (int i = 0; i < 50; ++i) must("update_stream", fmt::format(R"({{"streamId":"auth","note":"n{}"}})", i));
  must("update_stream", R"({"streamId":"auth","status":"archived"})");
  for (const std::int64_t removed : {30, 21}) {  // events are left before the baseline; then none
    const auto transaction = *world.store->begin(world.clock.wall());
    const domain::Stream stream = **transaction->find_stream({"auth"});
    const domain::Change change = domain::Baseline{stream};
    api::EncodedChange encoded = api::encode(change);
    store::EventRow baseline;
    baseline.revision = stream.revision;
    baseline.stream_id = stream.id;
    baseline.type = domain::type_of(change);
    baseline.old_value = std::move(encoded.old_value);
    baseline.new_value = std::move(encoded.new_value);
    ASSERT_EQ(*transaction->fold_history(baseline, 30), removed);
    ASSERT_TRUE(transaction->commit());
    const auto report = import(export_of(*world.store));
    EXPECT_TRUE(report) << report.error().message;
  }
}

}  // namespace
}  // namespace stream_status::service
