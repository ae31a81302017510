// Rows as a table for people and as JSON for machines.
#include <cstdlib>
#include <string>
#include <thread>

#include <fmt/format.h>

#include "bench.h"

namespace bench {
namespace {

/// Three significant digits or more, never an exponent: "0.57", "12.3", "28900".
std::string number(double value) {
  if (value >= 1000) return fmt::format("{:.0f}", value);
  if (value >= 100) return fmt::format("{:.1f}", value);
  if (value >= 0.1 || value == 0) return fmt::format("{:.2f}", value);
  return fmt::format("{:.3f}", value);
}

std::string goal_text(const Row& row) {
  if (!row.goal) return "-";
  const char* sign = row.goal->bound == Bound::kAtMost ? "≤" : "≥";
  const std::string unit = row.goal->what == Judged::kRatio ? " ×" : " " + row.unit;
  return fmt::format("{} {:g}{}", sign, row.goal->limit, unit);
}

std::string verdict(const Row& row) {
  const auto met = row.is_met();
  if (!met) return "-";
  return *met ? "met" : "NOT MET";
}

std::string json_string(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    if (static_cast<unsigned char>(c) < ' ')
      result += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    else
      result += c;
  }
  return result + '"';
}

template <class T>
std::string or_null(const std::optional<T>& value) {
  return value ? fmt::format("{}", *value) : "null";
}

std::string json_row(const Run::Reported& reported) {
  const Row& row = reported.row;
  std::string goal = "null";
  if (row.goal)
    goal = fmt::format(R"({{"of":"{}","{}":{}}})", row.goal->what == Judged::kRatio ? "ratio" : "measured",
                       row.goal->bound == Bound::kAtMost ? "atMost" : "atLeast", row.goal->limit);
  return fmt::format(R"({{"scenario":{},"name":{},"measured":{},"unit":{},"floor":{},"floorName":{},)"
                     R"("ratio":{},"goal":{},"met":{},"note":{}}})",
                     json_string(reported.scenario), json_string(row.name), row.measured, json_string(row.unit),
                     or_null(row.floor), json_string(row.floor_name), or_null(row.ratio), goal, or_null(row.is_met()),
                     json_string(row.note));
}

constexpr const char* kTableLine = "{:<20} {:<42} {:>14} {:>14} {:>8} {:>12} {:<8} {}\n";

}  // namespace

void print_header(std::FILE* table, const fs::path& scratch) {
  double load = 0;
  ::getloadavg(&load, 1);
  fmt::print(table, "{} CPUs, load {:.1f} at the start, databases in {}\n\n", std::thread::hardware_concurrency(), load,
             scratch.parent_path().string());
  fmt::print(table, kTableLine, "scenario", "what", "measured", "beside", "ratio", "goal", "", "");
}

void print_row(std::FILE* table, std::string_view scenario, const Row& row) {
  const std::string floor = row.floor ? number(*row.floor) + " " + row.unit : "-";
  const std::string ratio = row.ratio ? number(*row.ratio) + " ×" : "-";
  std::string remark = row.floor_name.empty() ? "" : "beside: " + row.floor_name;
  if (!row.note.empty()) remark += (remark.empty() ? "" : "; ") + row.note;
  fmt::print(table, kTableLine, scenario, row.name, number(row.measured) + " " + row.unit, floor, ratio, goal_text(row),
             verdict(row), remark);
  std::fflush(table);
}

void print_json(const Run& run) {
  fmt::print("[");
  const char* separator = "\n";
  for (const auto& reported : run.rows()) {
    fmt::print("{}{}", separator, json_row(reported));
    separator = ",\n";
  }
  fmt::print("\n]\n");
}

}  // namespace bench
