#include "os/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>
#include <vector>

#include "support/ordinary_user.h"
#include "support/temporary_directory.h"

namespace stream_status::os {
namespace {

using testing::TemporaryDirectory;
using testing::text_of_file;
using testing::write_text;

Fd open_directory(const std::string& path) { return Fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)); }

mode_t mode_of(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

/// A group that is not this user's private one.
gid_t shared_group() { return ::getegid() == 0 ? 12'345 : 0; }

// ---- private directories ---------------------------------------------------------------------

TEST(PrivateDirectory, IsMadeWithEveryComponentPrivate) {
  const TemporaryDirectory temporary;
  const auto fd = open_private_directory(temporary / "a/b//c/", temporary.path(), IfMissing::kCreate);
  ASSERT_TRUE(fd) << fd.error().message;
  EXPECT_EQ(mode_of(temporary / "a"), 0700u);
  EXPECT_EQ(mode_of(temporary / "a/b/c"), 0700u);
  EXPECT_EQ(path_of(*fd), temporary / "a/b/c");
  EXPECT_TRUE(fsync_directory(*fd));
}

TEST(PrivateDirectory, ThatIsMissingIsNotFoundUnlessItMayBeMade) {
  const TemporaryDirectory temporary;
  const auto fd = open_private_directory(temporary / "a/b", temporary.path(), IfMissing::kFail);
  ASSERT_FALSE(fd);
  EXPECT_EQ(fd.error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(temporary / "a"));
}

struct ModeRow {
  const char* what;
  mode_t last;        ///< mode of the last component before
  mode_t on_the_way;  ///< mode of the component above it
  bool accepted;
  mode_t last_after;
};

TEST(PrivateDirectory, IsTightenedWhenOthersCanReadAndRefusedWhenTheyCanWrite) {
  constexpr ModeRow kRows[] = {
      {"as made", 0700, 0700, true, 0700},
      {"readable by others", 0755, 0755, true, 0700},
      {"writable by others", 0777, 0700, false, 0777},
      {"writable by others, sticky", 01777, 0700, false, 01777},
      {"below one that others write to", 0700, 0777, false, 0700},
      {"below a sticky one, like /tmp", 0700, 01777, true, 0700},
      {"not writable by its owner", 0500, 0700, false, 0500},
  };
  for (const ModeRow& row : kRows) {
    const TemporaryDirectory temporary;
    std::filesystem::create_directories(temporary / "way/last");
    ::chmod((temporary / "way/last").c_str(), row.last);
    ::chmod((temporary / "way").c_str(), row.on_the_way);
    const auto fd = open_private_directory(temporary / "way/last", temporary.path(), IfMissing::kCreate);
    EXPECT_EQ(fd.has_value(), row.accepted) << row.what;
    EXPECT_EQ(mode_of(temporary / "way/last"), row.last_after) << row.what;
    EXPECT_EQ(mode_of(temporary / "way"), row.on_the_way) << row.what;
    if (!fd) {
      EXPECT_EQ(fd.error().code, ErrorCode::kPermissionDenied) << row.what;
      EXPECT_NE(fd.error().hint.find("chmod"), std::string::npos) << row.what;
    }
    ::chmod((temporary / "way/last").c_str(), 0700);
  }
}

TEST(PrivateDirectory, MayBeWritableByTheUsersOwnGroupOnly) {
  const TemporaryDirectory temporary;
  std::filesystem::create_directory(temporary / "home");
  ::chmod((temporary / "home").c_str(), 0775);
  if (::getegid() == ::geteuid()) {
    EXPECT_TRUE(open_private_directory(temporary / "home", temporary.path(), IfMissing::kCreate));
    EXPECT_EQ(mode_of(temporary / "home"), 0700u);
  }
  if (::chown((temporary / "home").c_str(), static_cast<uid_t>(-1), shared_group()) != 0)
    GTEST_SKIP() << "this user can not give a directory to another group";
  ::chmod((temporary / "home").c_str(), 0775);
  EXPECT_FALSE(open_private_directory(temporary / "home", temporary.path(), IfMissing::kCreate));
}

TEST(PrivateDirectory, MustLieBelowWhatIsTrusted) {
  const TemporaryDirectory temporary;
  std::filesystem::create_directory(temporary / "home");
  for (const char* name : {"homes/x", "home", "other"})
    EXPECT_FALSE(open_private_directory(temporary / name, temporary / "home", IfMissing::kCreate)) << name;
  EXPECT_FALSE(open_private_directory("relative", "", IfMissing::kCreate));
  EXPECT_TRUE(std::filesystem::is_empty(temporary / "home"));
}

TEST(PrivateDirectory, OfAnotherUserIsRefused) {
  const TemporaryDirectory temporary;
  std::string path = "/usr";
  std::string trusted = "/";
  if (::geteuid() == 0) {  // root owns /usr
    path = temporary / "foreign";
    trusted = temporary.path();
    std::filesystem::create_directory(path);
    ASSERT_EQ(::chown(path.c_str(), 12'345, 12'345), 0);
  }
  const auto fd = open_private_directory(path, trusted, IfMissing::kFail);
  ASSERT_FALSE(fd);
  EXPECT_EQ(fd.error().code, ErrorCode::kPermissionDenied);
  EXPECT_NE(fd.error().message.find("owned by user"), std::string::npos) << fd.error().message;
}

TEST(PrivateDirectory, OpenedToLookIsNotChanged) {
  const TemporaryDirectory temporary;
  for (const mode_t mode : {0755u, 0500u}) {
    std::filesystem::create_directories(temporary / "home");
    ::chmod((temporary / "home").c_str(), mode);
    EXPECT_TRUE(open_private_directory(temporary / "home", temporary.path(), IfMissing::kFail));
    EXPECT_EQ(mode_of(temporary / "home"), mode);
  }
}

TEST(PrivateDirectory, OnlyAnOwnSymlinkOnTheWayIsFollowed) {
  const TemporaryDirectory temporary;
  std::filesystem::create_directories(temporary / "elsewhere/home");
  std::filesystem::create_symlink(temporary / "elsewhere", temporary / "cache");
  std::filesystem::create_symlink(temporary / "elsewhere/home", temporary / "link");
  std::filesystem::create_symlink(temporary / "nowhere", temporary / "dangling");
  write_text(temporary / "file", "");
  ASSERT_EQ(::mkfifo((temporary / "fifo").c_str(), 0600), 0);

  EXPECT_TRUE(open_private_directory(temporary / "cache/home", temporary.path(), IfMissing::kCreate));
  for (const char* name : {"link", "dangling", "file", "fifo", "file/home", "cache/../link"}) {
    const auto fd = open_private_directory(temporary / name, temporary.path(), IfMissing::kCreate);
    ASSERT_FALSE(fd) << name;
    EXPECT_NE(fd.error().code, ErrorCode::kInternal) << name;
  }
  EXPECT_FALSE(std::filesystem::exists(temporary / "nowhere"));
}

TEST(PrivateDirectory, ASubdirectoryIsNeverASymlink) {
  const TemporaryDirectory temporary;
  std::filesystem::create_directory(temporary / "real");
  std::filesystem::create_directory_symlink(temporary / "real", temporary / "link");
  const Fd parent = open_directory(temporary.path());
  EXPECT_TRUE(open_private_subdirectory(parent, "real", temporary / "real", IfMissing::kFail));
  EXPECT_TRUE(open_private_subdirectory(parent, "new", temporary / "new", IfMissing::kCreate));
  const auto link = open_private_subdirectory(parent, "link", temporary / "link", IfMissing::kCreate);
  ASSERT_FALSE(link);
  EXPECT_EQ(link.error().code, ErrorCode::kPermissionDenied);
  EXPECT_NE(link.error().message.find(temporary / "link"), std::string::npos);
}

TEST(PrivateDirectory, IsMadeOnceByManyAtOnce) {
  const TemporaryDirectory temporary;
  std::atomic<int> opened = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back(
        [&] { opened += open_private_directory(temporary / "a/b/c", temporary.path(), IfMissing::kCreate) ? 1 : 0; });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(opened, 8);
}

// ---- reading ---------------------------------------------------------------------------------

TEST(ReadFile, GivesTheWholeFileOrNothing) {
  const TemporaryDirectory temporary;
  const Fd directory = open_directory(temporary.path());
  const std::string large(100'000, 'x');
  write_text(temporary / "large", large);
  write_text(temporary / "empty", "");
  EXPECT_EQ(**read_file(directory, "large", 100'000), large);
  EXPECT_EQ(**read_file(temporary / "large", 100'000), large);
  EXPECT_EQ(**read_file(directory, "empty", 0), "");
  EXPECT_FALSE(read_file(directory, "absent", 10)->has_value());
  EXPECT_FALSE(read_file(temporary / "large/absent", 10)->has_value());
  EXPECT_GT((*read_file("/proc/self/stat", 4096))->size(), 10u) << "files of /proc say that they are empty";
}

TEST(ReadFile, RefusesWhatIsNoRegularFileOrTooLargeWithoutReadingOrWaiting) {
  const TemporaryDirectory temporary;
  const Fd directory = open_directory(temporary.path());
  write_text(temporary / "target", "secret");
  std::filesystem::create_symlink("target", temporary / "symlink");
  std::filesystem::create_symlink("absent", temporary / "dangling");
  std::filesystem::create_directory(temporary / "directory");
  ASSERT_EQ(::mkfifo((temporary / "fifo").c_str(), 0600), 0);
  write_text(temporary / "huge", "");
  ASSERT_EQ(::truncate((temporary / "huge").c_str(), off_t{1} << 30), 0);
  write_text(temporary / "longer", "12345678901");

  for (const char* name : {"symlink", "dangling", "directory", "fifo", "huge", "longer"}) {
    const auto text = read_file(directory, name, 10);
    ASSERT_FALSE(text) << name;
    EXPECT_EQ(text.error().code, ErrorCode::kInvalidArgument) << name;
    EXPECT_NE(text.error().message.find(temporary / name), std::string::npos) << text.error().message;
  }
  EXPECT_EQ(**read_file(temporary / "symlink", 10), "secret");
  EXPECT_FALSE(read_file(temporary / "fifo", 10));
  EXPECT_FALSE(read_file("/proc/self/stat", 4)) << "grows past the limit while it is read";
}

// ---- writing ---------------------------------------------------------------------------------

TEST(WriteFile, ReplacesWhateverHasTheName) {
  const TemporaryDirectory temporary;
  const Fd directory = open_directory(temporary.path());
  write_text(temporary / "file", "a longer old text");
  write_text(temporary / "target", "stays");
  std::filesystem::create_symlink("target", temporary / "symlink");
  ASSERT_EQ(::mkfifo((temporary / "fifo").c_str(), 0600), 0);
  for (const char* name : {"new", "file", "symlink", "fifo"})
    for (const Durability durability : {Durability::kPageCache, Durability::kDisk}) {
      ASSERT_TRUE(write_file_atomically(directory, name, "text", durability)) << name;
      EXPECT_EQ(**read_file(directory, name, 100), "text") << name;
    }
  EXPECT_EQ(text_of_file(temporary / "target"), "stays");
  EXPECT_EQ(list_directory(directory)->size(), 5u) << "no temporary file is left";
}

TEST(WriteFile, IsPrivateUnderAnyUmask) {
  const TemporaryDirectory temporary;
  const mode_t before = ::umask(0);
  EXPECT_TRUE(write_file_atomically(open_directory(temporary.path()), "file", "x", Durability::kPageCache));
  ::umask(before);
  EXPECT_EQ(mode_of(temporary / "file"), 0600u);
}

TEST(WriteFile, ThatFailsLeavesTheOldFileAndNothingElse) {
  const TemporaryDirectory temporary;
  const Fd directory = open_directory(temporary.path());
  std::filesystem::create_directory(temporary / "taken");
  write_text(temporary / "taken/by", "a directory");
  EXPECT_FALSE(write_file_atomically(directory, "taken", "text", Durability::kDisk));

  ASSERT_TRUE(write_file_atomically(directory, "file", "old", Durability::kPageCache));
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{4096, before.rlim_max};
  ::signal(SIGXFSZ, SIG_IGN);
  ::setrlimit(RLIMIT_FSIZE, &small);
  const auto written = write_file_atomically(directory, "file", std::string(10'000, 'x'), Durability::kPageCache);
  ::setrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, SIG_DFL);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kStorageFull);
  EXPECT_NE(written.error().message.find(temporary / "file"), std::string::npos) << written.error().message;
  EXPECT_EQ(text_of_file(temporary / "file"), "old");
  EXPECT_EQ(list_directory(directory).value(), (std::vector<std::string>{"file", "taken"}));
}

TEST(WriteFile, AReaderNeverSeesAPart) {
  const TemporaryDirectory temporary;
  const Fd directory = open_directory(temporary.path());
  ASSERT_TRUE(write_file_atomically(directory, "file", std::string(5000, 'a'), Durability::kPageCache));
  std::vector<std::thread> writers;
  for (const char c : {'a', 'b', 'c'})
    writers.emplace_back([&directory, c] {
      for (int i = 0; i < 200; ++i)
        EXPECT_TRUE(write_file_atomically(directory, "file", std::string(5000, c), Durability::kPageCache));
    });
  for (int i = 0; i < 500; ++i) {
    const std::string text = **read_file(directory, "file", 10'000);
    EXPECT_EQ(text, std::string(5000, text.front()));
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(list_directory(directory)->size(), 1u);
}

TEST(RemoveFile, WhatIsAbsentIsRemovedAlready) {
  const TemporaryDirectory temporary;
  const Fd directory = open_directory(temporary.path());
  write_text(temporary / "file", "");
  std::filesystem::create_directory(temporary / "directory");
  EXPECT_TRUE(remove_file(directory, "file"));
  EXPECT_TRUE(remove_file(directory, "file"));
  EXPECT_FALSE(remove_file(directory, "directory"));
}

// ---- facts about files -----------------------------------------------------------------------

TEST(FileIdentity, FollowsTheFileAndNotTheName) {
  const TemporaryDirectory temporary;
  const Fd directory = open_directory(temporary.path());
  write_text(temporary / "file", "");
  const Fd file(::open((temporary / "file").c_str(), O_RDONLY | O_CLOEXEC));
  EXPECT_TRUE(identity_of(file));
  EXPECT_EQ(identity_of(file), identity_of(directory, "file"));
  std::filesystem::rename(temporary / "file", temporary / "moved");
  EXPECT_EQ(identity_of(file), identity_of(directory, "moved"));
  EXPECT_FALSE(identity_of(directory, "file"));
  write_text(temporary / "file", "");
  EXPECT_NE(identity_of(file), identity_of(directory, "file"));
  EXPECT_EQ(path_of(file), temporary / "moved");
}

TEST(FileKind, IsThatOfWhatASymlinkPointsTo) {
  const TemporaryDirectory temporary;
  write_text(temporary / "file", "");
  std::filesystem::create_symlink("file", temporary / "link");
  std::filesystem::create_symlink("absent", temporary / "dangling");
  std::filesystem::create_symlink("loop", temporary / "loop");
  EXPECT_EQ(kind_of(temporary / "file"), FileKind::kRegular);
  EXPECT_EQ(kind_of(temporary / "link"), FileKind::kRegular);
  EXPECT_EQ(kind_of(temporary.path()), FileKind::kDirectory);
  EXPECT_EQ(kind_of("/dev/null"), FileKind::kOther);
  for (const char* name : {"absent", "dangling", "loop"}) EXPECT_EQ(kind_of(temporary / name), FileKind::kMissing);
}

TEST(RealPath, ResolvesSymlinksAndDots) {
  const TemporaryDirectory temporary;
  std::filesystem::create_directory(temporary / "real");
  std::filesystem::create_symlink("real", temporary / "link");
  EXPECT_EQ(real_path(temporary / "link/../link/.").value(), temporary / "real");
  EXPECT_EQ(real_path(temporary / "absent").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(current_directory().value(), std::filesystem::current_path().string());
}

TEST(ListDirectory, IsSortedAndCanBeRepeated) {
  const TemporaryDirectory temporary;
  for (const char* name : {"b", ".a", "c"}) write_text(temporary / name, "");
  const Fd directory = open_directory(temporary.path());
  const std::vector<std::string> names = {".a", "b", "c"};
  EXPECT_EQ(list_directory(directory).value(), names);
  EXPECT_EQ(list_directory(directory).value(), names);
}

TEST(Filesystem, KernelFilesystemsAreLocalAndAMissingPathIsThatOfItsParent) {
  EXPECT_FALSE(is_network_filesystem("/proc"));
  EXPECT_FALSE(is_network_filesystem("/proc/self/not/there"));
  const TemporaryDirectory temporary;
  EXPECT_EQ(is_network_filesystem(temporary / "not/there"), is_network_filesystem(temporary.path()));
  EXPECT_GT(free_bytes(open_directory(temporary.path())), 0u);
}

TEST(Writable, IsAskedForThisUser) {
  const testing::OrdinaryUser user;
  const TemporaryDirectory temporary;
  EXPECT_TRUE(is_writable(temporary.path()));
  EXPECT_FALSE(is_writable(temporary / "absent"));
  ::chmod(temporary.path().c_str(), 0500);
  EXPECT_FALSE(is_writable(temporary.path()));
  ::chmod(temporary.path().c_str(), 0700);
}

}  // namespace
}  // namespace stream_status::os
