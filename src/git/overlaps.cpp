#include "git/overlaps.h"

#include <algorithm>

namespace stream_status::git {
namespace {

std::int64_t end_of(const Hunk& hunk) { return hunk.start + hunk.lines; }

/// Hunks that hang together, of either side.
struct Cluster {
  std::int64_t start;
  std::int64_t end;  ///< the line after
  std::int64_t a_lines = 0;
  std::int64_t b_lines = 0;
  bool has_a = false;
  bool has_b = false;

  void add(const Hunk& hunk, bool is_a) {
    end = std::max(end, end_of(hunk));
    (is_a ? a_lines : b_lines) += std::max(hunk.lines, hunk.new_lines);
    (is_a ? has_a : has_b) = true;
  }
};

}  // namespace

std::vector<Overlap> find_overlaps(const std::vector<Hunk>& a, const std::vector<Hunk>& b) {
  std::vector<Cluster> clusters;
  for (auto next_a = a.begin(), next_b = b.begin(); next_a != a.end() || next_b != b.end();) {
    const bool is_a = next_b == b.end() || (next_a != a.end() && next_a->start <= next_b->start);
    const Hunk& hunk = is_a ? *next_a++ : *next_b++;
    if (clusters.empty() || hunk.start > clusters.back().end) clusters.push_back({hunk.start, end_of(hunk)});
    clusters.back().add(hunk, is_a);
  }
  std::vector<Overlap> overlaps;
  for (const Cluster& cluster : clusters)
    if (cluster.has_a && cluster.has_b)
      overlaps.push_back({cluster.start, std::max(cluster.start, cluster.end - 1), cluster.a_lines, cluster.b_lines});
  return overlaps;
}

}  // namespace stream_status::git
