#include "project/git_config.h"

#include <gtest/gtest.h>

namespace stream_status::project {
namespace {

TEST(GitConfig, ASettingIsReadAsGitReadsIt) {
  struct {
    const char* what;
    std::string_view text;
    std::optional<std::string> value;
  } const rows[] = {
      {"as git writes it", "[core]\n\tbare = false\n\tworktree = ../../../sub\n", "../../../sub"},
      {"no such setting", "[core]\n\tbare = false\n", std::nullopt},
      {"empty file", "", std::nullopt},
      {"other section", "[other]\nworktree = x\n", std::nullopt},
      {"subsection", "[core \"sub\"]\nworktree = x\n", std::nullopt},
      {"any case", "[CORE]\nWorkTree=x\n", "x"},
      {"on the section's line", "[core] worktree = x", "x"},
      {"the last one counts", "[core]\nworktree = x\n[a]\nb=c\n[core]\nworktree = y\n", "y"},
      {"comment", "[core]\nworktree = x # y\n", "x"},
      {"comment line", "[core]\n; worktree = y\n# worktree = z\nworktree = x;y", "x"},
      {"quotes", "[core]\nworktree = \"a #b  \" \n", "a #b  "},
      {"blanks inside", "[core]\nworktree = a  b \t\n", "a  b"},
      {"escapes", "[core]\nworktree = \"a\\\"b\\\\c\\td\"\n", "a\"b\\c\td"},
      {"continued line", "[core]\nworktree = a\\\nb\n", "ab"},
      {"CRLF", "[core]\r\nworktree = x\r\nbare = no\r\n", "x"},
      {"key without a value", "[core]\nworktree\n", std::nullopt},
      {"key without a value before it", "[core]\nbare\nworktree = x\n", "x"},
      {"empty value", "[core]\nworktree =\n", ""},
      {"cut off in the section", "[core", std::nullopt},
      {"cut off in the escape", "[core]\nworktree = x\\", "x\\"},
      {"other keys that begin alike", "[core]\nworktreex = y\nworktree = x\n", "x"},
  };
  for (const auto& row : rows) EXPECT_EQ(find_git_setting(row.text, "core", "worktree"), row.value) << row.what;
}

}  // namespace
}  // namespace stream_status::project
