#include "services/sqs/permissions.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "base/ascii.h"
#include "base/json.h"
#include "services/sqs/errors.h"

namespace hearth::services::sqs {
namespace {

namespace ops = api::sqs::ops;

constexpr std::string_view kActions[] = {
    "*",           "ChangeMessageVisibility", "DeleteMessage",       "GetQueueAttributes",
    "GetQueueUrl", "ReceiveMessage",          "SendMessage",         "ListDeadLetterSourceQueues",
    "PurgeQueue",  "ListQueueTags",           "ListMessageMoveTasks"};

// One by itself, several as a list.
json::value one_or_list(std::vector<std::string> texts) {
  if (texts.size() == 1) return json::value(texts.front());
  json::array list;
  for (const std::string& text : texts) list.emplace_back(text);
  return list;
}

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= limits::kNameMax &&
         std::ranges::all_of(label, [](char c) { return is_letter_or_digit(c) || c == '_' || c == '-'; });
}

bool is_account(std::string_view id) {
  constexpr size_t kDigits = 12;
  return id.size() == kDigits && std::ranges::all_of(id, is_digit);
}

Result<json::object> document_of(const std::string& policy, const QueueRef* queue) {
  if (policy.empty() && queue) {
    return json::object{
        {"Version", "2008-10-17"}, {"Id", queue->arn() + "/SQSDefaultPolicy"}, {"Statement", json::array()}};
  }
  auto parsed = parse_json(policy.empty() ? "{}" : policy);
  if (!parsed || !parsed->is_object()) return fail(errors::invalid_attribute("Policy"));
  json::object document = std::move(parsed->get_object());
  json::value& statements = document["Statement"];
  if (statements.is_object()) statements = json::array{statements};
  if (!statements.is_array()) statements = json::array();
  return document;
}

bool has_label(const json::value& statement, const std::string& label) {
  const json::object* object = statement.if_object();
  const json::value* sid = object ? object->if_contains("Sid") : nullptr;
  return sid && sid->is_string() && sid->get_string() == label;
}

}  // namespace

Result<std::string> with_statement(const std::string& policy, const QueueRef& queue,
                                   const api::sqs::AddPermissionRequest& input) {
  if (!is_label(input.label)) {
    return fail(errors::invalid_value(
        input.label, "Label",
        "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"));
  }
  if (input.actions.empty()) return fail(errors::missing("Actions"));
  if (input.actions.size() > limits::kActionsMax) {
    return fail(errors::over_limit(fmt::format("{} Actions were found, maximum allowed is {}.",
                                               input.actions.size(), limits::kActionsMax)));
  }
  std::vector<std::string> actions, principals;
  for (const std::string& action : input.actions) {
    if (std::ranges::find(kActions, action) == std::end(kActions)) {
      return fail(
          errors::invalid_value("SQS:" + action, "ActionName",
                                "Please refer to the appropriate WSDL for a list of valid actions. "));
    }
    actions.push_back("SQS:" + action);
  }
  if (input.aws_account_ids.empty() || !std::ranges::all_of(input.aws_account_ids, is_account)) {
    return fail(errors::invalid_value(fmt::format("[{}]", fmt::join(input.aws_account_ids, ", ")),
                                      "PrincipalId", "Unable to verify."));
  }
  for (const std::string& account : input.aws_account_ids)
    principals.push_back(fmt::format("arn:aws:iam::{}:root", account));
  TRY_SYNC(json::object document, document_of(policy, &queue));
  json::array& statements = document["Statement"].as_array();
  if (std::ranges::any_of(statements, [&](const auto& each) { return has_label(each, input.label); })) {
    return fail(errors::invalid_value(input.label, "Label", "Already exists."));
  }
  if (statements.size() == limits::kStatementsMax) {
    return fail(errors::over_limit(fmt::format("{} statements were found, maximum allowed is {}.",
                                               limits::kStatementsMax + 1, limits::kStatementsMax)));
  }
  statements.push_back(json::object{{"Sid", input.label},
                                    {"Effect", "Allow"},
                                    {"Principal", json::object{{"AWS", one_or_list(std::move(principals))}}},
                                    {"Action", one_or_list(std::move(actions))},
                                    {"Resource", queue.arn()}});
  return to_text(document);
}

Result<std::string> without_statement(const std::string& policy, const std::string& label) {
  TRY_SYNC(json::object document, document_of(policy, nullptr));
  json::array& statements = document["Statement"].as_array();
  const auto found =
      std::ranges::find_if(statements, [&](const auto& each) { return has_label(each, label); });
  if (found == statements.end()) return fail(errors::invalid_value(label, "Label", "can't find label."));
  statements.erase(found);
  return statements.empty() ? std::string() : to_text(document);
}

void Permissions::mount(wire::Router& router) {
  router.on<ops::AddPermission>(*this, &Permissions::add);
  router.on<ops::RemovePermission>(*this, &Permissions::remove);
}

Async<ops::AddPermission::Output> Permissions::add(const wire::Call& call,
                                                   api::sqs::AddPermissionRequest input) {
  TRY(const QueueRef ref, QueueRef::of_url(call, input.queue_url));
  auto body = [&](store::Transaction& tx) -> Async<ops::AddPermission::Output> {
    TRY(QueueRecord queue, co_await require_queue(tx, ref));
    TRY(queue.policy, with_statement(queue.policy, ref, input));
    Tables(tx, ref).queues.put(store::Key(ref.name), queue);
    co_return ops::AddPermission::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<ops::RemovePermission::Output> Permissions::remove(const wire::Call& call,
                                                         api::sqs::RemovePermissionRequest input) {
  TRY(const QueueRef ref, QueueRef::of_url(call, input.queue_url));
  auto body = [&](store::Transaction& tx) -> Async<ops::RemovePermission::Output> {
    TRY(QueueRecord queue, co_await require_queue(tx, ref));
    TRY(queue.policy, without_statement(queue.policy, input.label));
    Tables(tx, ref).queues.put(store::Key(ref.name), queue);
    co_return ops::RemovePermission::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

}  // namespace hearth::services::sqs
