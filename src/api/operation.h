// The table of operations: every capability is one row. MCP tools, HTTP routes and CLI verbs are views
// of it; src/service holds one handler per row. Describes, does nothing.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"

namespace stream_status::api {

enum class OperationId {
  kListStreams,
  kGetStream,
  kResume,
  kAddStream,
  kUpdateStream,
  kClaimStream,
  kRenewClaim,
  kReleaseClaim,
  kAnswerQuestion,
  kSendMessage,
  kAddCommit,
  kRemoveStream,
  kGetStreamStats,
  kGetVersion,
  kGetHistory,
  kListCommits,
  kListAgents,
  kWaitForChange,
  kCheckConflicts,
  kArchiveBulk,
  kUnretire,
  kSyncFromFiles,
  kScanCommits,
  kReconcileWorktrees,
  kReconciliationStatus,
  kListWorktrees,
  kListMerged,
  kListEvents,
  kGetPast,
  kListProjects,
  kBoardApp,
  kStreamFiles,
  kCompareStreams,
};

enum class Access {
  kRead,   ///< reads the store alone
  kWrite,  ///< changes the store alone
  kLook,   ///< changes nothing, but looks at git and files, which takes its time
  kWait,   ///< reads the store alone, and may wait for it to change
  kWork,   ///< acts on git or files, and changes streams
};
constexpr bool is_read_only(Access access) {
  return access == Access::kRead || access == Access::kLook || access == Access::kWait;
}
/// Arguments come in a JSON body; else in the query.
constexpr bool takes_body(Access access) { return !is_read_only(access); }

enum class Method { kGet, kPost, kPatch };
enum class ArgumentType { kText, kLine, kInteger, kTextList, kTimestamp, kBoolean };  ///< kLine: no control characters
enum class Presence { kRequired, kOptional };
/// Which doors show the argument. Both accept it everywhere.
enum class Shown { kEverywhere, kNotInTools, kOnlyInTools };
enum class Command { kOption, kPositional };

struct Argument {
  std::string_view name;
  ArgumentType type;
  Presence presence;
  std::string_view description;  ///< a phrase, for schema and --help
  std::int64_t minimum = 0;      ///< kInteger: least value; texts and lists: least length
  std::int64_t maximum = 0;      ///< kInteger: greatest value; texts: most characters; lists: most items
  std::span<const std::string_view> choices = {};  ///< closed set of values, if any
  std::span<const std::string_view> aliases = {};  ///< other names that are accepted
  Shown shown = Shown::kEverywhere;
  Command command = Command::kOption;
  std::string_view opposite = {};  ///< kBoolean: the option of the command line that sends false
};

struct Operation {
  OperationId id;
  std::string_view name;         ///< MCP tool name: "list_streams"
  std::string_view verb;         ///< CLI: "list"; empty: no verb
  std::string_view title;        ///< a few words
  std::string_view description;  ///< for the agent who decides whether to call it
  Access access;
  Method method;
  std::string_view path;             ///< "/api/streams/:streamId"
  std::string_view path_without_id;  ///< path when the optional path argument is absent; empty: there is none
  int success_status;                ///< 200 or 201
  bool is_tool;
  bool destructive;
  bool idempotent;
  std::span<const Argument> arguments;
};

/// All rows, tools first and in their fixed order (contract §7).
std::span<const Operation> operations();

const Operation& operation(OperationId id);

/// By tool name; null if there is none.
const Operation* find_operation(std::string_view name);
/// By CLI verb; null if there is none.
const Operation* find_operation_by_verb(std::string_view verb);

std::string_view name_of(Method method);

}  // namespace stream_status::api
