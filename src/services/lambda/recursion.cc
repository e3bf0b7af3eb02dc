#include "services/lambda/recursion.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "services/lambda/settings.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;
namespace ops = api::lambda::ops;
using store::Key;

constexpr std::string_view kAllow = "Allow";
constexpr std::string_view kTerminate = "Terminate";

// FNV-1a: every invoke asks, and who would make two functions look alike harms only himself.
std::string hash_of(const FunctionRef& ref) {
  uint32_t hash = 2166136261;
  for (const char c : ref.arn()) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619;
  return fmt::format("{:08x}", hash);
}

// The function's entry in "count:hash:0|count:hash:0": where its count begins and ends.
struct Entry {
  size_t begin = 0;
  size_t end = 0;
  int count = 0;
};

std::optional<Entry> find_entry(const std::string& lineage, const std::string& hash) {
  for (size_t begin = 0; begin < lineage.size();) {
    const size_t end = std::min(lineage.find('|', begin), lineage.size());
    const std::string_view text = std::string_view(lineage).substr(begin, end - begin);
    const size_t colon = text.find(':');
    if (colon != std::string_view::npos && text.substr(colon + 1, hash.size()) == hash) {
      Entry entry{.begin = begin, .end = begin + colon};
      const std::string_view count = text.substr(0, colon);
      std::from_chars(count.data(), count.data() + count.size(), entry.count);
      entry.count = std::clamp(entry.count, 0, kPassesMax);
      return entry;
    }
    begin = end + 1;
  }
  return std::nullopt;
}

std::string config_name(bool loops_allowed) {
  return std::string(loops_allowed ? kAllow : kTerminate);
}

}  // namespace

int passes_of(const execution::Trace& trace, const FunctionRef& ref) {
  const auto entry = find_entry(trace.lineage, hash_of(ref));
  return entry ? entry->count : 0;
}

Status pass(execution::Trace& trace, const FunctionRef& ref, bool loops_allowed) {
  const std::string hash = hash_of(ref);
  const auto entry = find_entry(trace.lineage, hash);
  const int passes = entry ? entry->count : 0;
  if (passes == kPassesMax && !loops_allowed) {
    return fail(errors::recursive_invocation_exception(fmt::format(
        "The function {} was invoked {} times by what it set off itself, and was stopped. Set its "
        "RecursiveLoop to Allow if this is meant.",
        ref.name, kPassesMax)));
  }
  const std::string count = std::to_string(std::min(passes + 1, kPassesMax));
  if (entry) {
    trace.lineage.replace(entry->begin, entry->end - entry->begin, count);
  } else {
    if (!trace.lineage.empty()) trace.lineage += '|';
    trace.lineage += count + ":" + hash + ":0";
  }
  return {};
}

void Recursion::mount(wire::Router& router) {
  router.on<ops::PutFunctionRecursionConfig>(*this, &Recursion::put);
  router.on<ops::GetFunctionRecursionConfig>(*this, &Recursion::get);
}

Async<api::lambda::PutFunctionRecursionConfigResponse> Recursion::put(
    const wire::Call& call, api::lambda::PutFunctionRecursionConfigRequest input) {
  TRY(const FunctionRef ref, FunctionRef::parse(call, input.function_name));
  TRY_VOID(check_unqualified(ref));
  auto body = [&](store::Transaction& tx) -> Async<void> {
    TRY(FunctionRecord function, co_await require_function(tx, ref, ref.arn()));
    function.loops_allowed = input.recursive_loop == kAllow;
    Tables(tx, ref).functions.put(Key(ref.name), function);
    co_return {};
  };
  TRY_VOID(co_await parts_.store.transact(body));
  co_return api::lambda::PutFunctionRecursionConfigResponse{.recursive_loop = input.recursive_loop};
}

Async<api::lambda::GetFunctionRecursionConfigResponse> Recursion::get(
    const wire::Call& call, api::lambda::GetFunctionRecursionConfigRequest input) {
  TRY(const FunctionRef ref, FunctionRef::parse(call, input.function_name));
  TRY_VOID(check_unqualified(ref));
  auto body = [&](store::Transaction& tx) -> Async<FunctionRecord> {
    co_return co_await require_function(tx, ref, ref.arn());
  };
  TRY(const FunctionRecord function, co_await parts_.store.read(body));
  co_return api::lambda::GetFunctionRecursionConfigResponse{.recursive_loop =
                                                                config_name(function.loops_allowed)};
}

}  // namespace hearth::services::lambda
