#include "service/plan_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/text.h"
#include "os/beneath.h"
#include "os/file.h"

namespace stream_status::service {
namespace {

constexpr std::string_view kSuffix = ".md";
constexpr const char* kReadme = "README.md";

std::string path_in_project(std::string_view name) {
  // A name of any bytes becomes text that can stand in an answer.
  std::string path = fmt::format("{}/", kPlanDirectory);
  const bool is_text = is_utf8(name);
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !is_text))
      path += fmt::format("\\x{:02x}", byte);
    else
      path += c;
  }
  return path;
}

/// The cause at the end of "read: <path>: <cause>".
std::string cause_of(const Error& error) {
  const std::size_t end = error.message.rfind(": ");
  return end == std::string::npos ? error.message : error.message.substr(end + 2);
}

/// Where one stream's plan may be.
struct Candidate {
  bool has_file = false;
  bool has_directory = false;  ///< with a README.md
};

class Reader {
 public:
  PlanFiles read(const std::string& project_root) {
    const auto directory = os::open_directory_beneath(project_root, kPlanDirectory);
    if (!directory) {
      found_.problems.push_back({std::string(kPlanDirectory), std::nullopt, directory.error().message});
      return std::move(found_);
    }
    if (!*directory) return std::move(found_);
    const auto names = os::list_directory(**directory);
    if (!names) {
      found_.problems.push_back({std::string(kPlanDirectory), std::nullopt, names.error().message});
      return std::move(found_);
    }
    for (const std::string& name : *names) sort_in(**directory, name);
    std::size_t read = 0;
    for (const auto& [id, candidate] : candidates_)
      if (read++ < kMostPlanFiles) take(**directory, id, candidate);
    if (read > kMostPlanFiles)
      problem("", fmt::format("{} plan files are too many; the first {} were read", read, kMostPlanFiles));
    return std::move(found_);
  }

 private:
  void problem(std::string_view name, std::string reason, std::optional<int> line = std::nullopt) {
    found_.problems.push_back(
        {name.empty() ? std::string(kPlanDirectory) : path_in_project(name), line, std::move(reason)});
  }

  /// Decides by name and kind what the entry is.
  void sort_in(const os::Fd& directory, const std::string& name) {
    const bool is_markdown = name.ends_with(kSuffix) && name.size() > kSuffix.size();
    // Hidden ones belong to editors and file managers, and a README tells people about the directory.
    if (name.starts_with('.') || name == kReadme) return skip();
    switch (os::entry_at(directory, name).kind) {
      case os::EntryKind::kMissing: return;  // gone since the directory was listed
      case os::EntryKind::kDirectory: return sort_in_directory(directory, name);
      case os::EntryKind::kRegular:
        if (!is_markdown) return skip();
        candidates_[name.substr(0, name.size() - kSuffix.size())].has_file = true;
        return;
      case os::EntryKind::kSymlink: return problem(name, "a symlink, not followed; put the file itself here");
      case os::EntryKind::kOther:
        if (!is_markdown) return skip();
        return problem(name, "not a regular file");
    }
  }

  void sort_in_directory(const os::Fd& parent, const std::string& name) {
    const auto directory = os::open_directory_in(parent, name);
    if (!directory) return problem(name, directory.error().message);
    if (!*directory) return;
    const std::string readme = name + "/" + kReadme;
    switch (os::entry_at(**directory, kReadme).kind) {
      case os::EntryKind::kMissing: return skip();
      case os::EntryKind::kRegular: candidates_[name].has_directory = true; return;
      case os::EntryKind::kSymlink: return problem(readme, "a symlink, not followed; put the file itself here");
      case os::EntryKind::kDirectory:
      case os::EntryKind::kOther: return problem(readme, "not a regular file");
    }
  }

  void skip() { ++found_.skipped; }

  void take(const os::Fd& directory, const std::string& id, const Candidate& candidate) {
    const std::string file = candidate.has_file ? id + std::string(kSuffix) : id + "/" + kReadme;
    if (!domain::is_valid_new_id(id))
      return problem(file, "its name is no stream id; allowed: 1 to 64 of a-z, 0-9 and -, not - first");
    if (candidate.has_file && candidate.has_directory)
      return problem(file, fmt::format("{}/{} is a plan of the same stream; keep one of the two", id, kReadme));
    const auto text = candidate.has_file ? read_text(directory, file) : read_readme(directory, id);
    if (!text) return problem(file, text.error());
    if (!*text) return;
    auto stream = domain::parse_plan_file(id, **text);
    if (!stream) return problem(file, std::move(stream.error().reason), stream.error().line);
    found_.streams.push_back(std::move(*stream));
    found_.files.push_back(path_in_project(file));
  }

  /// Absent: gone meanwhile. The error is the reason.
  using Text = tl::expected<std::optional<std::string>, std::string>;

  static Text read_readme(const os::Fd& parent, const std::string& id) {
    const auto directory = os::open_directory_in(parent, id);
    if (!directory) return tl::make_unexpected(directory.error().message);
    if (!*directory) return std::nullopt;
    return read_text(**directory, kReadme);
  }

  static Text read_text(const os::Fd& directory, const std::string& name) {
    const os::Entry entry = os::entry_at(directory, name);
    if (entry.size > domain::kPlanFileLimit)
      return tl::make_unexpected(
          fmt::format("{} bytes are too many; at most {} are read", entry.size, domain::kPlanFileLimit));
    auto text = os::read_file(directory, name, domain::kPlanFileLimit);
    if (!text) return tl::make_unexpected(cause_of(text.error()));
    return std::move(*text);
  }

  PlanFiles found_;
  std::map<std::string, Candidate> candidates_;  ///< by id
};

/// The directory of plans; absent too when the id is no name of a file.
std::optional<os::Fd> open_plans(const std::string& project_root, std::string_view id) {
  const bool is_name = !id.empty() && id != "." && id != ".." && id.find('/') == std::string_view::npos &&
                       id.find('\0') == std::string_view::npos;
  if (!is_name) return std::nullopt;
  auto directory = os::open_directory_beneath(project_root, kPlanDirectory);
  if (!directory) return std::nullopt;
  return std::move(*directory);
}

}  // namespace

bool has_plan(const std::string& project_root) {
  const auto directory = os::open_directory_beneath(project_root, kPlanDirectory);
  return directory && *directory;
}

PlanFiles read_plan_files(const std::string& project_root) { return Reader().read(project_root); }

std::vector<std::string> plan_paths_of(const std::string& project_root, std::string_view id) {
  std::vector<std::string> paths;
  const auto directory = open_plans(project_root, id);
  if (!directory) return paths;
  const std::string file = fmt::format("{}{}", id, kSuffix);
  if (os::entry_at(*directory, file).kind == os::EntryKind::kRegular)
    paths.push_back(fmt::format("{}/{}", kPlanDirectory, file));
  const auto own = os::open_directory_in(*directory, std::string(id));
  if (own && *own && os::entry_at(**own, kReadme).kind == os::EntryKind::kRegular)
    paths.push_back(fmt::format("{}/{}/{}", kPlanDirectory, id, kReadme));
  return paths;
}

std::optional<std::string> plan_directory_of(const std::string& project_root, std::string_view id) {
  const auto directory = open_plans(project_root, id);
  if (!directory || os::entry_at(*directory, std::string(id)).kind != os::EntryKind::kDirectory) return std::nullopt;
  return fmt::format("{}/{}", kPlanDirectory, id);
}

}  // namespace stream_status::service
