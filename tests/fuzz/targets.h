// The table of fuzz targets: each reads what the outside may send, and holds a parser to promises. A target's file is
// fuzz_<name>.cpp, its seeds and findings lie in corpus/<name>, its words in dictionaries/<name>.dict.
#pragma once

#include <string_view>

namespace stream_status::fuzz {

/// Returns when all promises hold; else does not return (fuzz.h).
using Run = void (*)(std::string_view input);

void fuzz_arguments(std::string_view input);
void fuzz_client_file(std::string_view input);
void fuzz_command_line(std::string_view input);
void fuzz_config(std::string_view input);
void fuzz_git_config(std::string_view input);
void fuzz_git_output(std::string_view input);
void fuzz_http_answer(std::string_view input);
void fuzz_http_request(std::string_view input);
void fuzz_json_rpc(std::string_view input);
void fuzz_lock_text(std::string_view input);
void fuzz_markdown(std::string_view input);
void fuzz_plan_file(std::string_view input);
void fuzz_record(std::string_view input);
void fuzz_route(std::string_view input);

struct Target {
  std::string_view name;
  Run run;
};

inline constexpr Target kTargets[] = {
    {"arguments", fuzz_arguments},
    {"client_file", fuzz_client_file},
    {"command_line", fuzz_command_line},
    {"config", fuzz_config},
    {"git_config", fuzz_git_config},
    {"git_output", fuzz_git_output},
    {"http_answer", fuzz_http_answer},
    {"http_request", fuzz_http_request},
    {"json_rpc", fuzz_json_rpc},
    {"lock_text", fuzz_lock_text},
    {"markdown", fuzz_markdown},
    {"plan_file", fuzz_plan_file},
    {"record", fuzz_record},
    {"route", fuzz_route},
};

}  // namespace stream_status::fuzz
