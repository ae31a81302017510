#include "git/forecast_sharing.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <unordered_map>

namespace stream_status::git {
namespace {

/// One line's part in a file.
struct Side {
  std::uint32_t line = 0;
  bool is_committed = false;
  bool is_uncommitted = false;
};

/// Each line once. Most files belong to one line: its side needs no memory of its own.
class Sides {
 public:
  /// Lines come in ascending order.
  void add(const Side& side) {
    if (size_ == 0) {
      first_ = side;
      size_ = 1;
      return;
    }
    Side& last = size_ == 1 ? first_ : more_.back();
    if (last.line == side.line) {
      last.is_committed |= side.is_committed;
      last.is_uncommitted |= side.is_uncommitted;
      return;
    }
    more_.push_back(side);
    ++size_;
  }
  std::uint32_t size() const { return size_; }
  const Side& operator[](std::uint32_t i) const { return i == 0 ? first_ : more_[i - 1]; }

 private:
  Side first_;
  std::uint32_t size_ = 0;
  std::vector<Side> more_;
};

/// The pairs found so far, each once, in a triangle of numbers: most pairs share nothing.
class Pairs {
 public:
  explicit Pairs(std::size_t lines) : lines_(lines), numbers_(lines * lines, kNone) {}

  void share(const Side& one, const Side& other, std::string_view file) {
    Sharing& pair = at(std::min(one.line, other.line), std::max(one.line, other.line));
    // A file in the way of several of the other's is met once for each.
    if (pair.count == 0 || last_[number(pair)] != file) {
      ++pair.count;
      if (pair.files.size() < kMostListed) pair.files.emplace_back(file);
    }
    last_[number(pair)] = file;
    if (one.is_committed && other.is_committed) pair.both_committed = true;
    if ((one.is_uncommitted || other.is_uncommitted) && pair.uncommitted.size() < kMostListed &&
        (pair.uncommitted.empty() || pair.uncommitted.back() != file))
      pair.uncommitted.emplace_back(file);
  }

  std::vector<Sharing> take() {
    std::sort(found_.begin(), found_.end(),
              [](const Sharing& x, const Sharing& y) { return x.a != y.a ? x.a < y.a : x.b < y.b; });
    return std::move(found_);
  }

 private:
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  std::uint32_t number(const Sharing& pair) const { return numbers_[pair.a * lines_ + pair.b]; }
  Sharing& at(std::size_t a, std::size_t b) {
    std::uint32_t& number = numbers_[a * lines_ + b];
    if (number == kNone) {
      number = static_cast<std::uint32_t>(found_.size());
      found_.push_back({a, b});
      last_.emplace_back();
    }
    return found_[number];
  }

  std::size_t lines_;
  std::vector<std::uint32_t> numbers_;
  std::vector<Sharing> found_;
  std::vector<std::string_view> last_;  ///< of each found pair: the file shared last
};

struct File {
  Sides sides;  ///< lines that changed it
  Sides below;  ///< lines that changed something in a directory of its name
};

}  // namespace

std::vector<Sharing> find_sharing(const std::vector<ChangedFiles>& lines) {
  std::size_t most = 0;
  for (const ChangedFiles& line : lines) most += line.committed.size() + line.uncommitted.size();
  std::unordered_map<std::string_view, File> files;
  files.reserve(most);
  for (std::uint32_t index = 0; index < lines.size(); ++index) {
    for (const std::string& path : lines[index].committed) files[path].sides.add({index, true, false});
    for (const std::string& path : lines[index].uncommitted) files[path].sides.add({index, false, true});
  }
  // A second pass, when every file is known.
  for (std::uint32_t index = 0; index < lines.size(); ++index) {
    std::string_view looked;  // neighbours lie in one directory
    const auto look_above = [&](std::string_view path, const Side& side) {
      const std::size_t own = path.rfind('/');
      if (own == std::string_view::npos || path.substr(0, own) == looked) return;
      looked = path.substr(0, own);
      for (std::string_view above = looked; !above.empty();) {
        if (const auto file = files.find(above); file != files.end()) file->second.below.add(side);
        const std::size_t end = above.rfind('/');
        above = above.substr(0, end == std::string_view::npos ? 0 : end);
      }
    };
    for (const std::string& path : lines[index].committed) look_above(path, {index, true, false});
    looked = {};
    for (const std::string& path : lines[index].uncommitted) look_above(path, {index, false, true});
  }
  std::vector<std::pair<std::string_view, const File*>> shared;
  for (const auto& [path, file] : files)
    if (file.sides.size() > 1 || file.below.size() > 0) shared.emplace_back(path, &file);
  std::sort(shared.begin(), shared.end());
  Pairs pairs(lines.size());
  for (const auto& [path, file] : shared)
    for (std::uint32_t i = 0; i < file->sides.size(); ++i) {
      const Side& side = file->sides[i];
      for (std::uint32_t j = i + 1; j < file->sides.size(); ++j) pairs.share(side, file->sides[j], path);
      for (std::uint32_t j = 0; j < file->below.size(); ++j)
        if (file->below[j].line != side.line) pairs.share(side, file->below[j], path);
    }
  return pairs.take();
}

}  // namespace stream_status::git
