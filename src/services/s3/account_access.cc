#include "services/s3/account_access.h"

#include "services/s3/access_points.h"
#include "services/s3/settings.h"

namespace hearth::services::s3 {

void AccountAccess::mount(wire::Router& router) {
  namespace ops = api::s3control::ops;
  router.on<ops::GetPublicAccessBlock>(*this, &AccountAccess::get);
  router.on<ops::PutPublicAccessBlock>(*this, &AccountAccess::put);
  router.on<ops::DeletePublicAccessBlock>(*this, &AccountAccess::remove);
}

Async<api::s3control::GetPublicAccessBlockOutput> AccountAccess::get(
    const wire::Call& call, api::s3control::GetPublicAccessBlockRequest input) {
  TRY_VOID(check_account(call, input.account_id));
  auto body = [&](store::Transaction& tx) -> Async<std::optional<std::string>> {
    Tables tables(tx);
    co_return co_await account_block_text(tables.settings, call.account);
  };
  TRY(const auto text, co_await parts_.store.read(body));
  if (!text) {
    co_return Error{.code = "NoSuchPublicAccessBlockConfiguration",
                    .message = "The public access block configuration was not found",
                    .extra = {{"AccountId", call.account}},
                    .status = 404};
  }
  TRY(auto block, parse_setting<api::s3control::PublicAccessBlockConfiguration>(*text));
  co_return api::s3control::GetPublicAccessBlockOutput{.public_access_block_configuration = block};
}

Async<api::s3control::ops::PutPublicAccessBlock::Output> AccountAccess::put(
    const wire::Call& call, api::s3control::PutPublicAccessBlockRequest input) {
  TRY_VOID(check_account(call, input.account_id));
  const std::string text = setting_text(completed(input.public_access_block_configuration));
  auto body = [&](store::Transaction& tx) -> Async<void> {
    Tables tables(tx);
    write_account_block(tables.settings, call.account, text);
    co_return {};
  };
  TRY_VOID(co_await parts_.store.transact(body));
  co_return api::s3control::ops::PutPublicAccessBlock::Output{};
}

Async<api::s3control::ops::DeletePublicAccessBlock::Output> AccountAccess::remove(
    const wire::Call& call, api::s3control::DeletePublicAccessBlockRequest input) {
  TRY_VOID(check_account(call, input.account_id));
  auto body = [&](store::Transaction& tx) -> Async<void> {
    Tables tables(tx);
    erase_account_block(tables.settings, call.account);
    co_return {};
  };
  TRY_VOID(co_await parts_.store.transact(body));
  co_return api::s3control::ops::DeletePublicAccessBlock::Output{};
}

}  // namespace hearth::services::s3
