#include "project/home.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "support/temporary_directory.h"

namespace stream_status::project {
namespace {

using testing::TemporaryDirectory;
using Chosen = Home::Chosen;

TEST(Home, TheFlagWinsOverTheEnvironmentAndThatOverTheUsualPlace) {
  const TemporaryDirectory temporary;
  os::Environment environment = {
      {"HOME", temporary.path()}, {"XDG_CACHE_HOME", "/elsewhere"}, {"XDG_STATE_HOME", "/x"}};
  const auto locate = [&](const std::string& flag) { return locate_home({flag, &environment}).value(); };

  Home home = locate("");
  EXPECT_EQ(home.base, temporary / ".cache/mcp-services/stream-workflow-status");
  EXPECT_EQ(home.projects(), home.base + "/projects");
  EXPECT_EQ(home.logs(), home.base + "/logs");
  EXPECT_EQ(home.backups, temporary / ".local/state/stream-workflow-status/backups");
  EXPECT_EQ(home.trusted, temporary.path());
  EXPECT_EQ(home.chosen, Chosen::kDefault);
  EXPECT_EQ(home.note, "");

  environment["STREAM_STATUS_HOME"] = temporary / "variable";
  home = locate("");
  EXPECT_EQ(home.base, temporary / "variable");
  EXPECT_EQ(home.backups, temporary / "variable/backups");
  EXPECT_EQ(home.trusted, temporary.path());
  EXPECT_EQ(home.chosen, Chosen::kEnvironment);

  home = locate(temporary / "flag");
  EXPECT_EQ(home.base, temporary / "flag");
  EXPECT_EQ(home.chosen, Chosen::kFlag);

  environment["STREAM_STATUS_HOME"] = "";
  EXPECT_EQ(locate("").chosen, Chosen::kDefault);
  EXPECT_TRUE(std::filesystem::is_empty(temporary.path())) << "locating makes nothing";
}

TEST(Home, AnExplicitPlaceIsResolvedAsFarAsItExists) {
  const TemporaryDirectory temporary;
  std::filesystem::create_directories(temporary / "real/home");
  std::filesystem::create_directory_symlink("real", temporary / "link");
  struct {
    std::string flag;
    std::string base;
    std::string trusted;
  } const rows[] = {
      {temporary / "real/home", temporary / "real/home", temporary / "real"},
      {temporary / "real/home/", temporary / "real/home", temporary / "real"},
      {temporary / "link/home", temporary / "real/home", temporary / "real"},
      {temporary / "link/../real//home/.", temporary / "real/home", temporary / "real"},
      {temporary / "link/a/./b//", temporary / "real/a/b", temporary / "real"},
      {temporary / "real/a", temporary / "real/a", temporary / "real"},
  };
  for (const auto& row : rows) {
    const auto home = locate_home({row.flag, nullptr});
    ASSERT_TRUE(home) << home.error().message;
    EXPECT_EQ(home->base, row.base) << row.flag;
    EXPECT_EQ(home->trusted, row.trusted) << row.flag;
    EXPECT_TRUE(os::open_private_directory(home->base, home->trusted, os::IfMissing::kCreate)) << row.flag;
    EXPECT_TRUE(os::open_private_directory(home->backups, home->trusted, os::IfMissing::kCreate)) << row.flag;
  }
}

TEST(Home, AWrongPlaceNamesItsSourceAndWhatIsAllowed) {
  const TemporaryDirectory temporary;
  for (const std::string& place : {std::string("relative"), std::string("./x"), std::string("~/x"), std::string("/"),
                                   std::string("//"), temporary / "absent/../x"}) {
    const auto by_flag = locate_home({place, nullptr});
    ASSERT_FALSE(by_flag) << place;
    EXPECT_EQ(by_flag.error().code, ErrorCode::kInvalidArgument) << place;
    EXPECT_NE(by_flag.error().message.find("--home \"" + place), std::string::npos) << by_flag.error().message;
    EXPECT_NE(by_flag.error().hint.find("absolute path"), std::string::npos);
    const os::Environment environment = {{"STREAM_STATUS_HOME", place}};
    const auto by_variable = locate_home({"", &environment});
    ASSERT_FALSE(by_variable) << place;
    EXPECT_NE(by_variable.error().message.find("STREAM_STATUS_HOME"), std::string::npos) << by_variable.error().message;
  }
}

TEST(Home, APathThatIsNotUtf8IsRefused) {
  const TemporaryDirectory temporary;
  EXPECT_EQ(locate_home({temporary / "caf\xe9", nullptr}).error().code, ErrorCode::kInvalidArgument);
}

TEST(Home, WithoutHomeInTheEnvironmentThePasswdEntryTells) {
  if (os::home_directory().empty()) GTEST_SKIP() << "this user has no passwd entry";
  for (const os::Environment& environment :
       {os::Environment{}, os::Environment{{"HOME", ""}}, os::Environment{{"HOME", "x"}}})
    EXPECT_TRUE(locate_home({"", &environment})->base.starts_with(os::home_directory() + "/.cache/"));
  EXPECT_TRUE(locate_home({"", nullptr})->base.starts_with(os::home_directory() + "/.cache/"));
}

}  // namespace
}  // namespace stream_status::project
