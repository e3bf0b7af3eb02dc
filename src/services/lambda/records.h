// What Lambda keeps in the store. Keys, all under ("lambda", account, region):
//
//   ("function", name)                    FunctionRecord, with what $LATEST is
//   ("version", name, number)             VersionRecord
//   ("alias", name, alias)                AliasRecord
//   ("policy", name, qualifier or "")     PolicyRecord
//   ("async-config", name, qualifier)     AsyncConfigRecord
//   ("layer", name)                       LayerRecord
//   ("layer-version", name, number)       LayerVersionRecord
//   ("layer-policy", name, number)        PolicyRecord
//   ("url", name, qualifier)              UrlRecord
//   ("code-signing-config", id)           CodeSigningConfigRecord
//   ("code-signing-of", name)             the ARN of the configuration that a function has
//   (code_signing_use.h)
//   ("code-signing-by", id, name)         nothing: the function has that configuration
//
// and ("lambda-activation", account, region, name): functions whose create or update is not finished yet,
// ("lambda-images", account, region, name): functions whose image is still to be read (image_arrivals.h),
// ("lambda-snapshots", account, region, name, number): versions that wait for their snapshot (snap_start.h),
// ("lambda-provisioned", account, region, name, qualifier): ProvisionedRecord, and ("lambda-url", id):
// UrlTarget, whose URL that is.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "services/lambda/code_signature.h"
#include "services/lambda/function_ref.h"
#include "services/lambda/layer_ref.h"
#include "store/blob.h"
#include "store/table.h"

namespace hearth::services::lambda {

// A version of a layer as a function has it: all that running the function takes, as the layer's own record
// may be deleted meanwhile.
struct UsedLayer {
  std::string arn;
  store::BlobInfo code;
  int64_t unzipped_bytes = 0;
  CodeSignature signature;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.arn);
    visit(2, self.code);
    visit(3, self.unzipped_bytes);
    visit(4, self.signature);
  }
};

inline constexpr const char* kInactive = "Inactive";  // of VersionRecord::state: see idleness.h

struct ImageLayer {
  store::BlobInfo blob;
  std::string diff_id;  // the digest of its uncompressed bytes
  std::string media_type;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.blob);
    visit(2, self.diff_id);
    visit(3, self.media_type);
  }
};

// A container image as a function has it: all that running it takes, as where it came from may be gone.
struct ImageRecord {
  std::string uri;           // as it was named
  std::string resolved_uri;  // by its digest
  std::vector<ImageLayer> layers;
  std::vector<std::string> entry_point;
  std::vector<std::string> command;
  std::vector<std::string> environment;
  std::string working_directory;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.uri);
    visit(2, self.resolved_uri);
    visit(3, self.layers);
    visit(4, self.entry_point);
    visit(5, self.command);
    visit(6, self.environment);
    visit(7, self.working_directory);
  }
};

// The image that a version is to have once all of it has been read (image_arrivals.h).
struct ComingImage {
  ImageRecord image;         // `layers` is empty
  store::BlobInfo manifest;  // not kept yet: it has no id
  std::string architecture;
  std::string server_host;  // how who named the image named this server; may be empty

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.image);
    visit(2, self.manifest);
    visit(3, self.architecture);
    visit(4, self.server_host);
  }
};

// What a function says in the place of its image (ImageConfig); empty: the image's holds.
struct ImageOverrides {
  std::vector<std::string> entry_point;
  std::vector<std::string> command;
  std::string working_directory;

  bool any() const { return !entry_point.empty() || !command.empty() || !working_directory.empty(); }
  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.entry_point);
    visit(2, self.command);
    visit(3, self.working_directory);
  }
};

// Of a durable function (durable/record.h).
struct DurableSettings {
  int64_t timeout_seconds = 0;
  int64_t retention_days = 0;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.timeout_seconds);
    visit(2, self.retention_days);
  }
};

// Of a function whose environments serve many invokes at once (managed_instances.h).
struct ManagedInstances {
  std::string provider_arn;
  int64_t invokes_at_once = 0;  // 0: what is usual for its runtime
  double memory_gib_per_core = 0;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.provider_arn);
    visit(2, self.invokes_at_once);
    visit(3, self.memory_gib_per_core);
  }
};

inline constexpr std::string_view kPublishedVersions = "PublishedVersions";  // of VersionRecord::snap_start

// Everything that a version freezes, and what of it is reported.
struct VersionRecord {
  std::string version = "$LATEST";
  std::string runtime;
  std::string role;
  std::string handler;
  std::string description;
  int64_t timeout_seconds = 3;
  int64_t memory_mib = 128;
  int64_t tmp_mib = 512;
  std::string architecture = "x86_64";
  std::optional<std::map<std::string, std::string>> environment;
  std::string tracing_mode = "PassThrough";
  bool has_vpc_config = false;  // an empty one was given and is echoed
  std::string log_format = "Text";
  std::string application_log_level;  // empty with Text
  std::string system_log_level;
  std::string log_group;  // as given; empty is the default group
  store::BlobInfo code;   // the package, or the image's manifest
  TimePoint modified;
  std::string revision_id;
  std::string state = "Active";
  std::string state_reason;
  std::string state_reason_code;
  std::string last_update_status;  // empty: not shown
  std::string last_update_reason;
  std::string last_update_reason_code;
  int64_t unzipped_bytes = 0;
  std::string source_description;  // of $LATEST when this was published: the version may have one of its own
  std::vector<UsedLayer> layers;   // later ones lie over earlier ones
  std::string update_runtime_on = "Auto";
  std::string snap_start = "None";
  bool optimized = false;  // by a snapshot, of a published version
  std::string dead_letter_arn;
  bool per_tenant = false;           // each tenant has environments of its own; for the function's life
  std::optional<ImageRecord> image;  // whether there is one is for the function's life
  ImageOverrides image_overrides;
  std::string live_folder;  // where its code lies while people work on it, and `code` is nothing
  std::optional<DurableSettings> durable;
  std::string kms_key_arn;  // as given; what is stored is protected by the server alone
  CodeSignature signature;
  std::optional<ManagedInstances> managed;  // whether there are any is for the function's life
  // Until it has arrived, `image` and `code` are what runs, or nothing where the function is new; what is
  // shown is this. It stays where it is why the version is Failed.
  std::optional<ComingImage> coming_image;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.version);
    visit(2, self.runtime);
    visit(3, self.role);
    visit(4, self.handler);
    visit(5, self.description);
    visit(6, self.timeout_seconds);
    visit(7, self.memory_mib);
    visit(8, self.tmp_mib);
    visit(9, self.architecture);
    visit(10, self.environment);
    visit(12, self.tracing_mode);
    visit(14, self.has_vpc_config);
    visit(15, self.log_format);
    visit(16, self.application_log_level);
    visit(17, self.system_log_level);
    visit(18, self.log_group);
    visit(19, self.code);
    visit(20, self.modified);
    visit(21, self.revision_id);
    visit(22, self.state);
    visit(23, self.state_reason);
    visit(24, self.state_reason_code);
    visit(25, self.last_update_status);
    visit(26, self.last_update_reason);
    visit(27, self.last_update_reason_code);
    visit(28, self.unzipped_bytes);
    visit(29, self.source_description);
    visit(30, self.layers);
    visit(31, self.update_runtime_on);
    visit(32, self.snap_start);
    visit(33, self.optimized);
    visit(34, self.dead_letter_arn);
    visit(35, self.per_tenant);
    visit(36, self.image);
    visit(37, self.image_overrides);
    visit(38, self.live_folder);
    visit(39, self.durable);
    visit(40, self.kms_key_arn);
    visit(41, self.signature);
    visit(42, self.managed);
    visit(43, self.coming_image);
  }
};

struct FunctionRecord {
  VersionRecord latest;
  int64_t last_version = 0;  // numbers are not used twice, also after a version was deleted
  std::map<std::string, std::string> tags;
  std::optional<int64_t> reserved_concurrency;
  bool loops_allowed = false;  // RecursiveLoop is Allow
  std::string id;              // another function of that name has another

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.latest);
    visit(2, self.last_version);
    visit(3, self.tags);
    visit(4, self.reserved_concurrency);
    visit(5, self.loops_allowed);
    visit(6, self.id);
  }
};

struct AliasRecord {
  std::string version;
  std::string description;
  std::string extra_version;  // empty: all traffic goes to `version`
  double extra_weight = 0;
  std::string revision_id;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.version);
    visit(2, self.description);
    visit(3, self.extra_version);
    visit(4, self.extra_weight);
    visit(5, self.revision_id);
  }
};

struct PolicyRecord {
  std::string revision_id;
  std::vector<std::pair<std::string, std::string>> statements;  // id, JSON text
  std::string document = {};  // as it was given, where it was given as one and not changed since

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.revision_id);
    visit(2, self.statements);
    visit(3, self.document);
  }
};

struct AsyncConfigRecord {
  TimePoint modified;
  std::optional<int64_t> retries_max;
  std::optional<int64_t> age_seconds_max;
  std::string on_success;  // ARNs, empty for none
  std::string on_failure;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.modified);
    visit(2, self.retries_max);
    visit(3, self.age_seconds_max);
    visit(4, self.on_success);
    visit(5, self.on_failure);
  }
};

struct ProvisionedRecord {
  int64_t wanted = 0;
  TimePoint modified;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.wanted);
    visit(2, self.modified);
  }
};

inline const store::Key kProvisioned("lambda-provisioned");

struct LayerRecord {
  int64_t last_version = 0;  // numbers are not used twice, also after all versions were deleted

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.last_version);
  }
};

struct LayerVersionRecord {
  std::string description;
  TimePoint created;
  store::BlobInfo code;
  int64_t unzipped_bytes = 0;
  std::optional<std::vector<std::string>> runtimes;
  std::optional<std::vector<std::string>> architectures;
  std::optional<std::string> license;
  CodeSignature signature;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.description);
    visit(2, self.created);
    visit(3, self.code);
    visit(4, self.unzipped_bytes);
    visit(5, self.runtimes);
    visit(6, self.architectures);
    visit(7, self.license);
    visit(8, self.signature);
  }
};

struct CorsRecord {
  std::optional<bool> allow_credentials;
  std::vector<std::string> allow_headers;
  std::vector<std::string> allow_methods;
  std::vector<std::string> allow_origins;
  std::vector<std::string> expose_headers;
  std::optional<int64_t> max_age_seconds;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.allow_credentials);
    visit(2, self.allow_headers);
    visit(3, self.allow_methods);
    visit(4, self.allow_origins);
    visit(5, self.expose_headers);
    visit(6, self.max_age_seconds);
  }
};

struct UrlRecord {
  std::string id;
  std::string auth_type;
  std::string invoke_mode = "BUFFERED";
  std::optional<CorsRecord> cors;
  TimePoint created;
  TimePoint modified;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.id);
    visit(2, self.auth_type);
    visit(3, self.invoke_mode);
    visit(4, self.cors);
    visit(5, self.created);
    visit(6, self.modified);
  }
};

struct CodeSigningConfigRecord {
  std::string description;
  std::vector<std::string> publishers;  // ARNs of versions of signing profiles
  bool enforce = false;                 // or else warn
  TimePoint modified;
  std::map<std::string, std::string> tags;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.description);
    visit(2, self.publishers);
    visit(3, self.enforce);
    visit(4, self.modified);
    visit(5, self.tags);
  }
};

struct UrlTarget {
  std::string account;
  std::string region;
  std::string name;
  std::string qualifier;  // an alias, or empty

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.account);
    visit(2, self.region);
    visit(3, self.name);
    visit(4, self.qualifier);
  }
};

inline store::Table<UrlTarget> url_targets(store::Transaction& tx) {
  return {tx, store::Key("lambda-url")};
}

// The tables of one account and region, inside a transaction.
struct Tables {
  Tables(store::Transaction& tx, const std::string& account, const std::string& region)
      : functions(tx, scope(account, region) + store::Key("function")),
        versions(tx, scope(account, region) + store::Key("version")),
        aliases(tx, scope(account, region) + store::Key("alias")),
        policies(tx, scope(account, region) + store::Key("policy")),
        async_configs(tx, scope(account, region) + store::Key("async-config")),
        layers(tx, scope(account, region) + store::Key("layer")),
        layer_versions(tx, scope(account, region) + store::Key("layer-version")),
        layer_policies(tx, scope(account, region) + store::Key("layer-policy")),
        urls(tx, scope(account, region) + store::Key("url")),
        code_signing_configs(tx, scope(account, region) + store::Key("code-signing-config")) {}
  Tables(store::Transaction& tx, const FunctionRef& ref) : Tables(tx, ref.account, ref.region) {}
  Tables(store::Transaction& tx, const LayerRef& ref) : Tables(tx, ref.account, ref.region) {}

  static store::Key scope(const std::string& account, const std::string& region) {
    return store::Key("lambda", account, region);
  }

  store::Table<FunctionRecord> functions;
  store::Table<VersionRecord> versions;
  store::Table<AliasRecord> aliases;
  store::Table<PolicyRecord> policies;
  store::Table<AsyncConfigRecord> async_configs;
  store::Table<LayerRecord> layers;
  store::Table<LayerVersionRecord> layer_versions;
  store::Table<PolicyRecord> layer_policies;
  store::Table<UrlRecord> urls;
  store::Table<CodeSigningConfigRecord> code_signing_configs;
};

// What the name of a function leads to.
struct Resolved {
  FunctionRecord function;
  VersionRecord version;
  std::string alias;       // the alias it went by
  bool by_chance = false;  // another time it may be another version
};

// Follows the qualifier; for an alias with two versions `chance` in [0, 1) decides. "Function not found: ..."
// as the service words it.
Async<Resolved> resolve(store::Transaction& tx, FunctionRef ref, double chance = 0);
// The same to invoke it: for $LATEST of a function on managed instances stands what was published of it last.
Async<Resolved> resolve_to_run(store::Transaction& tx, FunctionRef ref, double chance = 0);
// The function alone; `arn_in_error` is what the text names when there is none.
Async<FunctionRecord> require_function(store::Transaction& tx, FunctionRef ref, std::string arn_in_error);

}  // namespace hearth::services::lambda
