// Exports come back as they were, and what is not whole, or not right, is refused with its line.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <sstream>

#include "service/transfer.h"
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

}  // namespace
}  // namespace stream_status::service
