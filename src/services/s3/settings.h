// The settings of a bucket: each is a document that is put, given back and taken away.
//
//   constexpr SettingForm kCors{.kind = "cors", .member = "CORSConfiguration",
//                               .absent_code = "NoSuchCORSConfiguration", .absent_message = "..."};
//   mount_put<ops::PutBucketCors>(router, parts, kCors, check);   // check decides, the frame keeps
//   mount_get<ops::GetBucketCors>(router, parts, kCors);
//   mount_delete<ops::DeleteBucketCors>(router, parts, kCors);
//   TRY(auto cors, co_await read_setting<api::s3::CORSConfiguration>(tables, bucket, kCors));
#pragma once
#include "api/s3.h"
#include "base/json.h"
#include "services/s3/bucket_access.h"
#include "services/s3/errors.h"
#include "services/s3/parts.h"
#include "services/s3/records.h"
#include "wire/document.h"
#include "wire/router.h"

namespace hearth::services::s3 {

// How a setting is kept and answered.
struct SettingForm {
  std::string_view kind;    // its name in the store
  std::string_view member;  // of the put's input: the document that is kept
  // The error of who asks for a setting that is not there; with no code, the answer is an empty document.
  std::string_view absent_code = {};
  std::string_view absent_message = {};
  // Whether Get answers the document as that member, or what the document contains.
  bool wrapped = false;
  // The document of a bucket where nobody set one; empty: there is none.
  std::string_view otherwise = {};
  // Whether a setting that was taken away is absent, not as in a new bucket.
  bool stays_away = false;
};

// The text of the setting as it holds now. `tables` outlives the tasks.
Async<std::optional<std::string>> read_setting_text(Tables& tables, const BucketRecord& bucket,
                                                    SettingForm form);
void write_setting(Tables& tables, const BucketRecord& bucket, const SettingForm& form, std::string text);
void erase_setting(Tables& tables, const BucketRecord& bucket, const SettingForm& form);

// The same for what the wire brings and takes: a struct as the JSON text of its document.
template <typename Struct>
std::string setting_text(Struct value) {
  return to_text(json::value(wire::to_document(std::move(value)).document));
}
template <typename Struct>
Result<Struct> parse_setting(const std::string& text) {
  TRY_SYNC(json::value document, parse_json(text));
  return wire::from_document<Struct>({.document = std::move(document.as_object())});
}
// A public access block in which each of the four stands, as what was left out is told all the same.
template <typename Block>
Block completed(Block block) {
  for (auto* flag : {&block.block_public_acls, &block.ignore_public_acls, &block.block_public_policy,
                     &block.restrict_public_buckets}) {
    *flag = flag->value_or(false);
  }
  return block;
}
template <typename Struct>
Async<std::optional<Struct>> read_setting(Tables& tables, const BucketRecord& bucket, SettingForm form) {
  TRY(const auto text, co_await read_setting_text(tables, bucket, form));
  if (!text) co_return std::optional<Struct>();
  TRY(Struct value, parse_setting<Struct>(*text));
  co_return std::optional(std::move(value));
}

// Reads the bucket, then `run` (Tables&, const BucketRecord&) -> Async<Output>, in one transaction.
template <typename Output, typename Input, typename Run>
Async<Output> with_bucket(const Parts& parts, const wire::Call& call, const Input& input, Run& run) {
  auto body = [&](store::Transaction& tx) -> Async<Output> {
    Tables tables(tx);
    TRY(const BucketRecord bucket,
        co_await find_bucket(tables, call, input.bucket, input.expected_bucket_owner));
    co_return co_await run(tables, bucket);
  };
  co_return co_await parts.store.transact(body);
}

// An operation that is no more than that: `run` (Tables&, const BucketRecord&, const Input&) ->
// Async<wire::Message>.
template <typename Operation, typename Run>
void mount_in_bucket(wire::Router& router, Parts& parts, Run run) {
  auto handle = [&parts, run](const wire::Call& call, wire::Message message) -> Async<wire::Message> {
    TRY(const auto input, wire::from_document<typename Operation::Input>(std::move(message)));
    auto body = [&](Tables& tables, const BucketRecord& bucket) { return run(tables, bucket, input); };
    co_return co_await with_bucket<wire::Message>(parts, call, input, body);
  };
  router.add(Operation::kInfo, handle);
}

template <typename Operation>
void mount_get(wire::Router& router, Parts& parts, SettingForm form) {
  auto run = [form](Tables& tables, const BucketRecord& bucket, const auto&) -> Async<wire::Message> {
    TRY(const auto text, co_await read_setting_text(tables, bucket, form));
    if (!text && form.absent_code.empty()) co_return wire::Message{};
    if (!text) co_return errors::no_setting(form.absent_code, form.absent_message, bucket.name);
    TRY(json::value kept, parse_json(*text));
    wire::Message answer;
    if (form.wrapped) {
      answer.document[form.member] = std::move(kept);
    } else {
      answer.document = std::move(kept.as_object());
    }
    co_return std::move(answer);
  };
  mount_in_bucket<Operation>(router, parts, run);
}

// `check` (Tables&, const BucketRecord&, const Input&) -> Async<void> runs in the transaction that keeps it.
template <typename Operation, typename Check>
void mount_put(wire::Router& router, Parts& parts, SettingForm form, Check check) {
  using Input = typename Operation::Input;
  router.add(Operation::kInfo,
             [&parts, form, check](const wire::Call& call, wire::Message message) -> Async<wire::Message> {
               const auto* member = message.document.if_contains(form.member);
               const std::string text = member ? to_text(*member) : "{}";
               TRY(const auto input, wire::from_document<Input>(std::move(message)));
               auto run = [&](Tables& tables, const BucketRecord& bucket) -> Async<wire::Message> {
                 TRY_VOID(co_await check(tables, bucket, input));
                 write_setting(tables, bucket, form, text);
                 co_return wire::Message{};
               };
               co_return co_await with_bucket<wire::Message>(parts, call, input, run);
             });
}

template <typename Operation>
void mount_delete(wire::Router& router, Parts& parts, SettingForm form) {
  auto run = [form](Tables& tables, const BucketRecord& bucket, const auto&) -> Async<wire::Message> {
    erase_setting(tables, bucket, form);
    co_return wire::Message{};
  };
  mount_in_bucket<Operation>(router, parts, run);
}

// What keeps a bucket from the public: what is set for it, which is all where nobody set it, and what is set
// for its account.
struct PublicAccess {
  bool block_acls = false, ignore_acls = false, block_policy = false, restrict_buckets = false;
};
Async<PublicAccess> public_access_of(Tables& tables, const BucketRecord& bucket);

// What is set for an account, as the document's text. Each table outlives the task.
using SettingTable = store::Table<SettingRecord>;
Async<PublicAccess> public_access_of_account(SettingTable& settings, std::string account);
Async<std::optional<std::string>> account_block_text(SettingTable& settings, std::string account);
void write_account_block(SettingTable& settings, const std::string& account, std::string text);
void erase_account_block(SettingTable& settings, const std::string& account);

// Tags of a bucket, for those who set them in another way than by PutBucketTagging.
Status check_bucket_tags(const std::vector<api::s3::Tag>& tags);
Async<std::vector<api::s3::Tag>> bucket_tags(Tables& tables, const BucketRecord& bucket);
void set_bucket_tags(Tables& tables, const BucketRecord& bucket, std::vector<api::s3::Tag> tags);

class Settings {
 public:
  explicit Settings(Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

 private:
  Async<api::s3::GetBucketVersioningOutput> get_versioning(const wire::Call& call,
                                                           api::s3::GetBucketVersioningRequest input);
  Async<api::s3::PutBucketVersioningOutput> put_versioning(const wire::Call& call,
                                                           api::s3::PutBucketVersioningRequest input);
  Async<api::s3::ops::PutPublicAccessBlock::Output> put_public_access(
      const wire::Call& call, api::s3::PutPublicAccessBlockRequest input);
  Async<api::s3::GetBucketRequestPaymentOutput> get_payment(const wire::Call& call,
                                                            api::s3::GetBucketRequestPaymentRequest input);
  Async<api::s3::PutBucketRequestPaymentOutput> put_payment(const wire::Call& call,
                                                            api::s3::PutBucketRequestPaymentRequest input);

  Parts& parts_;
};

}  // namespace hearth::services::s3
