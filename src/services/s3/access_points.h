// Access points: names of their own for a bucket, each with a policy; and those of Object Lambda, behind
// which a function changes what is read. They are made and kept by S3 Control; who comes by one is led by
// access_point_detour.h.
#pragma once
#include "api/s3control.h"
#include "services/s3/access_point_records.h"
#include "services/s3/errors.h"
#include "services/s3/parts.h"
#include "wire/router.h"

namespace hearth::services::s3 {

// Nobody is answered for another account.
Status check_account(const wire::Call& call, const std::string& account);
AccessPointId access_point_id(const wire::Call& call, AccessPointKind kind, std::string name);
// "NoSuchAccessPoint" where there is none. `tables` outlives the task.
Async<AccessPointRecord> find_access_point(AccessPointTables& tables, AccessPointId id);

// Reads the access point that the input names, then `run` (Tables&, AccessPointTables&, AccessPointRecord) ->
// Async<Output>, in one transaction. All outlive the task.
template <typename Output, typename Input, typename Run>
Async<Output> with_access_point(const Parts& parts, const wire::Call& call, AccessPointKind kind,
                                const Input& input, Run& run) {
  TRY_VOID(check_account(call, input.account_id));
  auto body = [&](store::Transaction& tx) -> Async<Output> {
    AccessPointTables tables(tx);
    TRY(AccessPointRecord point, co_await find_access_point(tables, access_point_id(call, kind, input.name)));
    co_return co_await run(tables, std::move(point));
  };
  co_return co_await parts.store.transact(body);
}

// Refuses a name that is taken. `tables` outlives the task.
Async<void> add_access_point(AccessPointTables& tables, AccessPointRecord point);

// A page of a listing of access points, of one bucket where `bucket` says which.
struct AccessPointPage {
  std::vector<AccessPointRecord> points;
  std::optional<std::string> next_token;
};
struct AccessPointListing {
  AccessPointKind kind = AccessPointKind::kBucket;
  std::optional<std::string> bucket;
  std::optional<std::string> token;
  std::optional<int32_t> page;
};
Async<AccessPointPage> list_access_points(const Parts& parts, const wire::Call& call,
                                          AccessPointListing listing);

class AccessPoints {
 public:
  explicit AccessPoints(Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::s3control::CreateAccessPointResult> create(const wire::Call& call,
                                                        api::s3control::CreateAccessPointRequest input);
  Async<api::s3control::GetAccessPointResult> get(const wire::Call& call,
                                                  api::s3control::GetAccessPointRequest input);
  Async<api::s3control::ListAccessPointsResult> list(const wire::Call& call,
                                                     api::s3control::ListAccessPointsRequest input);

 private:
  Parts& parts_;
};

// What both kinds have in common.
template <typename Operation>
void mount_delete_access_point(wire::Router& router, Parts& parts, AccessPointKind kind) {
  auto handle = [&parts, kind](const wire::Call& call, wire::Message message) -> Async<wire::Message> {
    TRY(const auto input, wire::from_document<typename Operation::Input>(std::move(message)));
    auto run = [](AccessPointTables& tables, AccessPointRecord point) -> Async<wire::Message> {
      tables.erase(point);
      co_return wire::Message{};
    };
    co_return co_await with_access_point<wire::Message>(parts, call, kind, input, run);
  };
  router.add(Operation::kInfo, handle);
}

}  // namespace hearth::services::s3
