#include "services/dynamodb/batches.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "services/dynamodb/contains.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/item/value_json.h"
#include "services/dynamodb/item_action.h"
#include "services/dynamodb/limits.h"
#include "services/dynamodb/requests.h"
#include "services/dynamodb/scalar_keys.h"

namespace hearth::services::dynamodb {
namespace {

namespace ops = api::dynamodb::ops;
using api::dynamodb::ItemCollectionMetrics;
using api::dynamodb::KeysAndAttributes;
using api::dynamodb::WriteRequest;

constexpr std::string_view kDuplicates = "Provided list of item keys contains duplicates";
// So that what is written together is no more than a part of what one transaction may hold.
constexpr size_t kGroupBytesMax = 2 * 1024 * 1024;

// For each table that the requests are of. A copy of the input is what policies may look at.
template <typename Input>
Async<void> ask(const Parts& parts, const wire::Call& call, const char* action, Input input) {
  std::set<std::string> arns;
  for (const auto& [name, requests] : input.request_items) {
    TRY(const TableRef ref, TableRef::parse(call, name));
    arns.insert(ref.arn());
  }
  const json::object document = wire::to_document(std::move(input)).document;
  for (const std::string& arn : arns) {
    TRY_VOID(
        co_await parts.authorizer.authorize(call, {.action = action, .resource = arn, .input = &document}));
  }
  co_return {};
}

// ----- reading -----

// What is asked of one table.
struct ReadRequest {
  std::string name;  // as the caller wrote it
  TableRef ref;
  const KeysAndAttributes* asked = nullptr;
  std::vector<Item> keys;
  std::optional<Projection> projection;
};

Result<ReadRequest> read_request(const wire::Call& call, const std::string& name,
                                 const KeysAndAttributes& asked) {
  ReadRequest request{.name = name, .asked = &asked};
  TRY_SYNC(request.ref, TableRef::parse(call, name));
  if (asked.keys.size() > limits::kBatchReadKeysMax) {
    return fail(errors::validation(fmt::format(
        "1 validation error detected: Value at 'RequestItems.{}.member.Keys' failed to satisfy constraint: "
        "Member must have length less than or equal to 100",
        name)));
  }
  TRY_SYNC(const auto placeholders, read_placeholders(asked.expression_attribute_names, std::nullopt));
  TRY_SYNC(request.projection,
           read_projection(asked.projection_expression, asked.attributes_to_get, *placeholders));
  TRY_SYNC_VOID(placeholders->check_all_used());
  for (const std::string& key : asked.keys) {
    TRY_SYNC(Item item, read_item(key));
    request.keys.push_back(std::move(item));
  }
  return request;
}

Result<std::vector<std::string>> places_of(const Table& table, const std::vector<Item>& keys) {
  std::vector<std::string> places;
  for (const Item& item : keys) {
    TRY_SYNC(const KeyValues key, key_of_request(table, item));
    places.push_back(item_key(table.record.number, key).bytes());
  }
  auto sorted = places;
  std::ranges::sort(sorted);
  if (std::ranges::adjacent_find(sorted) != sorted.end())
    return fail(errors::validation(std::string(kDuplicates)));
  return places;
}

// What of one table is told, and what is left for another call.
class Responses {
 public:
  explicit Responses(api::dynamodb::BatchGetItemOutput& output) : output_(output) {
    output_.responses.emplace();
    output_.unprocessed_keys.emplace();
  }

  bool full() const { return bytes_ >= limits::kBatchReadBytes; }

  // Returns the units that it costs.
  Result<double> add(const ReadRequest& request, const std::optional<std::string>& found) {
    const auto kind =
        request.asked->consistent_read.value_or(false) ? ReadKind::kStrong : ReadKind::kEventual;
    std::string& items = (*output_.responses)[request.name];
    if (items.empty()) items = "[";
    if (!found) return read_units(0, kind);
    TRY_SYNC(const ItemRecord record, store::decode<ItemRecord>(*found));
    const double units = read_units(record.size_bytes, kind);
    bytes_ += record.size_bytes;
    if (items.size() > 1) items += ',';
    if (!request.projection) {
      items += record.json;
      return units;
    }
    TRY_SYNC(const Item item, read_item(record.json));
    items += to_json(request.projection->apply(item));
    return units;
  }

  void leave(const ReadRequest& request, size_t from) {
    KeysAndAttributes rest = *request.asked;
    rest.keys.erase(rest.keys.begin(), rest.keys.begin() + static_cast<std::ptrdiff_t>(from));
    output_.unprocessed_keys->emplace(request.name, std::move(rest));
  }

  void finish() {
    for (auto& [name, items] : *output_.responses) items += ']';
  }

 private:
  api::dynamodb::BatchGetItemOutput& output_;
  size_t bytes_ = 0;
};

// ----- writing -----

struct Write {
  ItemAction action;
  std::string name;
  const WriteRequest* request = nullptr;
  size_t bytes = 0;  // of the request's text
};

Result<Write> read_write(const wire::Call& call, const std::string& name, const WriteRequest& request) {
  Write write{.name = name, .request = &request};
  if (request.put_request.has_value() == request.delete_request.has_value()) {
    return fail(
        errors::validation("Supplied AttributeValue has more than one datatypes set, must contain exactly "
                           "one of the supported datatypes"));
  }
  const std::string& json = request.put_request ? request.put_request->item : request.delete_request->key;
  write.bytes = json.size();
  write.action.kind = request.put_request ? ItemAction::Kind::kPut : ItemAction::Kind::kDelete;
  TRY_SYNC(write.action.table, TableRef::parse(call, name));
  TRY_SYNC(write.action.item, read_item(json));
  return write;
}

Status check_count(const std::map<std::string, std::vector<WriteRequest>>& items) {
  if (items.empty()) {
    return fail(errors::constraint("{}", "requestItems", "have length greater than or equal to 1"));
  }
  size_t count = 0;
  size_t most = 0;
  bool empty = false;
  for (const auto& [name, requests] : items) {
    count += requests.size();
    most = std::max(most, requests.size());
    empty = empty || requests.empty();
  }
  if (!empty && count <= limits::kBatchWritesMax) return {};
  if (!empty && most <= limits::kBatchWritesMax) {
    return fail(errors::validation("Too many items requested for the BatchWriteItem call"));
  }
  std::string shown;
  for (const auto& [name, requests] : items) {
    if (!shown.empty()) shown += ", ";
    shown += name + "=[" + std::to_string(requests.size()) + " requests]";
  }
  return fail(
      errors::validation("1 validation error detected: Value '{" + shown +
                         "}' at 'requestItems' failed to satisfy constraint: Map value must satisfy "
                         "constraint: [Member must have length "
                         "less than or equal to 25, Member must have length greater than or equal to 1]"));
}

Result<std::vector<Write>> read_writes(const wire::Call& call,
                                       const api::dynamodb::BatchWriteItemInput& input) {
  TRY_SYNC_VOID(check_count(input.request_items));
  std::vector<Write> writes;
  for (const auto& [name, requests] : input.request_items) {
    for (const WriteRequest& request : requests) {
      TRY_SYNC(Write write, read_write(call, name, request));
      writes.push_back(std::move(write));
    }
  }
  return writes;
}

// How many of them, from the first on, go into one transaction.
size_t group_size(std::span<const Write> writes) {
  size_t bytes = 0;
  size_t count = 0;
  for (const Write& write : writes) {
    bytes += write.bytes;
    if (count > 0 && bytes > kGroupBytesMax) break;
    ++count;
  }
  return count;
}

struct TableUse {
  TablePtr table;
  Units units;
};

// What became of writes that were done in one transaction.
struct GroupOutcome {
  std::map<std::string, Units> units;  // by table, as the caller named it
  std::vector<const Write*> left;      // for want of throughput
  Status refused;                      // why
};

// One that is not admitted is left, and the others are done without it from the start: what it had put into
// the transaction is not to stay.
Async<GroupOutcome> write_group(const Parts& parts, std::span<const Write> group) {
  const TimePoint now = parts.clock.now();
  Bill bill(parts.throughput);
  GroupOutcome outcome;
  auto body = [&](store::Transaction& tx) -> Async<void> {
    bill.begin();
    outcome.units.clear();
    for (const Write& write : group) {
      if (contains(outcome.left, &write)) continue;
      TRY(const auto table, co_await parts.catalog.require(tx, write.action.table));
      auto done = co_await act(tx, bill, *table, write.action, now);
      if (!done && is_throttled(done.error())) outcome.left.push_back(&write);
      TRY_VOID(done);
      outcome.units[write.name].add(done->units);
    }
    co_return {};
  };
  for (;;) {
    const auto done = told(co_await parts.store.transact(body));
    if (!done && !is_throttled(done.error())) co_return std::unexpected(done.error());
    if (done) break;
    outcome.refused = done;
  }
  bill.keep();
  co_return outcome;
}

template <typename Output>
void tell_consumed(const std::optional<std::string>& mode, const std::map<std::string, TableUse>& used,
                   Output& output) {
  if (!mode || *mode == "NONE") return;
  output.consumed_capacity.emplace();
  for (const auto& [name, use] : used) {
    output.consumed_capacity->push_back(*consumed(mode, *use.table, name, use.units));
  }
}

void tell_collections(const std::optional<std::string>& mode, const std::vector<Write>& writes,
                      const std::map<std::string, TableUse>& used,
                      api::dynamodb::BatchWriteItemOutput& output) {
  for (const Write& write : writes) {
    const Table& table = *used.at(write.name).table;
    if (!table.has_local_index()) continue;
    const std::string& hash = table.keys().hash[0].name;
    Item key;
    key.set(hash, *write.action.item.find(hash));
    auto metrics = collection_metrics<ItemCollectionMetrics>(mode, to_json(key));
    if (!metrics) continue;
    if (!output.item_collection_metrics) output.item_collection_metrics.emplace();
    (*output.item_collection_metrics)[write.name].push_back(*std::move(metrics));
  }
}

}  // namespace

void Batches::mount(wire::Router& router) {
  router.on<ops::BatchGetItem>(*this, &Batches::get);
  router.on<ops::BatchWriteItem>(*this, &Batches::write);
}

Async<api::dynamodb::BatchGetItemOutput> Batches::get(const wire::Call& call,
                                                      api::dynamodb::BatchGetItemInput input) {
  if (input.request_items.empty()) {
    co_return errors::validation("The requestItems parameter is required for BatchGetItem");
  }
  std::vector<ReadRequest> requests;
  size_t keys = 0;
  for (const auto& [name, asked] : input.request_items) {
    TRY(ReadRequest request, read_request(call, name, asked));
    keys += request.keys.size();
    requests.push_back(std::move(request));
  }
  if (keys > limits::kBatchReadKeysMax) {
    co_return errors::validation("Too many items requested for the BatchGetItem call");
  }
  TRY_VOID(co_await ask(parts_, call, "dynamodb:BatchGetItem", input));

  auto body = [&](store::Transaction& tx) -> Async<api::dynamodb::BatchGetItemOutput> {
    api::dynamodb::BatchGetItemOutput output;
    Responses responses(output);
    std::map<std::string, TableUse> used;
    std::vector<std::vector<std::string>> places;
    size_t read = 0;
    Status refused;  // what was left for want of throughput
    for (const ReadRequest& request : requests) {
      TRY(used[request.name].table, co_await parts_.catalog.require(tx, request.ref));
      if (request.projection) {
        TRY_VOID(check_scalars(*used[request.name].table, request.projection->names()));
      }
      TRY(auto in_table, places_of(*used[request.name].table, request.keys));
      places.push_back(std::move(in_table));
    }
    for (size_t at = 0; at < requests.size(); ++at) {
      const ReadRequest& request = requests[at];
      TableUse& use = used[request.name];
      size_t done = 0;
      auto admitted = parts_.throughput.admit(*use.table, Access::kRead, kSomeUnits);
      if (!responses.full() && admitted) {
        TRY(const auto found, co_await tx.multi_get(places[at]));
        while (done < found.size() && !responses.full() && admitted) {
          TRY(const double units, responses.add(request, found[done++]));
          use.units.table += units;
          parts_.throughput.charge(*use.table, Access::kRead, {.table = units});
          admitted = parts_.throughput.admit(*use.table, Access::kRead, kSomeUnits);
        }
      }
      read += done;
      if (!admitted && done < request.keys.size()) refused = admitted;
      if (done < request.keys.size()) responses.leave(request, done);
    }
    if (read == 0 && !refused) co_return std::unexpected(refused.error());
    responses.finish();
    tell_consumed(input.return_consumed_capacity, used, output);
    co_return output;
  };
  co_return co_await parts_.store.read(body);
}

Async<api::dynamodb::BatchWriteItemOutput> Batches::write(const wire::Call& call,
                                                          api::dynamodb::BatchWriteItemInput input) {
  TRY(const std::vector<Write> writes, read_writes(call, input));
  TRY_VOID(co_await ask(parts_, call, "dynamodb:BatchWriteItem", input));

  std::map<std::string, TableUse> used;
  // One that cannot be written keeps all others from it.
  auto check = [&](store::Transaction& tx) -> Async<void> {
    std::set<std::string> places;
    for (const Write& write : writes) {
      TRY(used[write.name].table, co_await parts_.catalog.require(tx, write.action.table));
      TRY(const KeyValues key, key_of(*used[write.name].table, write.action));
      if (size_bytes(write.action.item) > limits::kItemBytesMax) {
        co_return errors::validation("Item size has exceeded the maximum allowed size");
      }
      if (!places.insert(item_key(used[write.name].table->record.number, key).bytes()).second) {
        co_return errors::validation(std::string(kDuplicates));
      }
    }
    co_return {};
  };
  TRY_VOID(co_await parts_.store.read(check));

  api::dynamodb::BatchWriteItemOutput output;
  output.unprocessed_items.emplace();
  std::span<const Write> rest(writes);
  size_t written = 0;
  Status refused;
  while (!rest.empty()) {
    const auto group = rest.first(group_size(rest));
    TRY(const GroupOutcome outcome, co_await write_group(parts_, group));
    for (const auto& [name, of_table] : outcome.units) used[name].units.add(of_table);
    for (const Write* left : outcome.left) {
      (*output.unprocessed_items)[left->name].push_back(*left->request);
    }
    written += group.size() - outcome.left.size();
    if (!outcome.refused) refused = outcome.refused;
    rest = rest.subspan(group.size());
  }
  if (written == 0 && !refused) co_return std::unexpected(refused.error());
  tell_consumed(input.return_consumed_capacity, used, output);
  tell_collections(input.return_item_collection_metrics, writes, used, output);
  co_return output;
}

}  // namespace hearth::services::dynamodb
