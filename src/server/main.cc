#include <CLI/CLI.hpp>
#include <clocale>

#include "server/check.h"
#include "server/commands.h"
#include "server/doctor.h"
#include "server/serve.h"
#include "server/usage.h"

namespace {

void add_object_options(CLI::App& serving, hearth::server::ServeOptions& options) {
  serving.add_option("--master-key-file", options.master_key_file,
                     "The key that protects what is kept, 64 hex digits (default: master-key in the data "
                     "directory); made with the first start");
  serving
      .add_option("--object-encryption", options.object_encryption,
                  "always: every object is encrypted on disk; asked: those whose request or bucket asks")
      ->check(CLI::IsMember({"always", "asked"}))
      ->capture_default_str();
  serving.add_flag("--customer-keys-need-tls", options.customer_keys_need_tls,
                   "Refuse keys that clients bring to encrypt objects by, unless they come over TLS");
  serving
      .add_option(
          "--scrub-hours", options.scrub_hours,
          "Between two looks at everything that is kept of objects, whether it is what was written (0: "
          "never)")
      ->check(CLI::Range(0, 24 * 365))
      ->capture_default_str();
}

void add_function_options(CLI::App& serving, hearth::server::ServeOptions& options) {
  serving
      .add_option("--idle-minutes", options.idle_minutes, "How long an environment waits for its next invoke")
      ->check(CLI::Range(1, 24 * 60))
      ->capture_default_str();
  serving
      .add_option(
          "--inactive-after", options.inactive_after_seconds,
          "Seconds without an invoke after which a function is Inactive: without memory, snapshots and "
          "unpacked code")
      ->check(CLI::Range(1, 366 * 86400));
  serving
      .add_option("--concurrency", options.concurrency,
                  "Invokes of an account that run at a time in a region; ten times as many begin in a second")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  serving
      .add_option("--memory-free-min", options.memory_free_percent_min,
                  "With less of the host's memory left, in percent, idle environments end before their time")
      ->check(CLI::Range(0, 100))
      ->capture_default_str();
  serving.add_option("--environments-max", options.environments_max,
                     "With so many, one that is idle ends before another is made (0: as many as there are "
                     "descriptors for)");
  serving.add_option("--packages", options.packages,
                     "python=FOLDER, nodejs=FOLDER or ruby=FOLDER: packages, such as the AWS SDK, for "
                     "functions that bring none of that name; may be given for each");
  serving.add_option("--code-folder", options.code_folders,
                     "In this folder functions may have what people work on, as S3Bucket=hot-reload, "
                     "S3Key=/the/folder, and images (oci:, oci-archive:, docker-archive:); may be given "
                     "several times");
  serving.add_option(
      "--registry", options.registries,
      "A host whose images functions may have, beside Hearth's own; may be given for each (*: any)");
  serving.add_option("--registry-logins", options.registry_logins,
                     "The logins for registries, a file as `docker login` writes it (config.json)");
  serving.add_option("--slots-max", options.slots_max, "Sandboxes made ahead of need, by runtime (0: none)")
      ->capture_default_str();
}

void add_serve_options(CLI::App& serving, hearth::server::ServeOptions& options) {
  serving
      .add_option("--data", options.data, "Data directory (default: hearth in the user's state directory)")
      ->envname("HEARTH_DATA");
  serving.add_option("--listen", options.listen, "HOST:PORT or unix:PATH; may be given several times")
      ->envname("HEARTH_LISTEN")
      ->capture_default_str();
  serving.add_option("--region", options.region, "Region of requests that name none")->capture_default_str();
  serving.add_option("--domain", options.domains,
                     "A name of this server; BUCKET.NAME is a bucket's host (default localhost)");
  serving.add_option("--account", options.account, "Id of the root account")
      ->capture_default_str()
      ->check([](const std::string& id) {
        const bool good = id.size() == 12 && id.find_first_not_of("0123456789") == std::string::npos;
        return good ? std::string() : std::string("an account id has twelve digits");
      });
  auto* certificate = serving.add_option("--tls-certificate", options.certificate, "Certificate chain, PEM");
  auto* key = serving.add_option("--tls-key", options.key, "Its key, PEM");
  certificate->needs(key);
  key->needs(certificate);
  serving.add_option("--user", options.user, "Whom a server started as root becomes");
  serving.add_option("--loops", options.loops, "Event loops (0: one a core)")->capture_default_str();
  serving.add_option("--oidc-keys", options.oidc_keys,
                     "https://PROVIDER=FILE: the key set (JWKS) of an identity provider, which is then not "
                     "asked for it; may be given for each");
  serving
      .add_option("--queue-name-rest", options.queue_name_rest_seconds,
                  "Seconds after a queue's deletion in which none of its name is made (0: none)")
      ->capture_default_str();
  serving
      .add_option("--lifecycle-day", options.lifecycle_day_seconds,
                  "Seconds that a day of buckets' lifecycle rules and restored objects has")
      ->check(CLI::Range(1U, 86'400U))
      ->capture_default_str();
  serving.add_flag("--dev", options.development,
                   "For people at work, on loopback only: `test` and account numbers are root keys whose "
                   "signatures are not checked, and POST /_hearth/reset empties everything");
  serving.add_flag("--debug", options.debug, "Say more in the log");
}

}  // namespace

int main(int argc, char** argv) {
  using namespace hearth::server;
  // Archives say that names of files are UTF-8, and the library that reads them gives those of the locale.
  (void)std::setlocale(LC_CTYPE, "C.UTF-8");
  CLI::App app("Hearth: a self-hosted serverless cloud that speaks AWS.", "hearth");
  app.set_version_flag("--version", HEARTH_VERSION);
  app.require_subcommand(1);

  ServeOptions options;
  CLI::App* serving = app.add_subcommand("serve", "Serve until told to stop");
  add_serve_options(*serving, options);
  add_function_options(*serving, options);
  add_object_options(*serving, options);

  CLI::App* examining = app.add_subcommand("doctor", "Tell what this host offers and lacks");
  std::string data;
  CLI::App* pricing =
      app.add_subcommand("usage", "Print requests, GB-seconds and their price by function and day");
  pricing->add_option("--data", data, "Data directory")->envname("HEARTH_DATA");

  CLI::App* checking =
      app.add_subcommand("check", "Read everything that is kept of objects, whether it is what was written");
  CheckOptions check_options;
  checking->add_option("data,--data", check_options.data, "Data directory")->envname("HEARTH_DATA");
  checking->add_option("--master-key-file", check_options.master_key_file, "As for `hearth serve`");
  checking->add_flag("--repair", check_options.repair, "Remove what nothing refers to");

  CommandLine commands(app);

  CLI11_PARSE(app, argc, argv);
  if (examining->parsed()) return doctor();
  if (pricing->parsed()) return usage(data);
  if (checking->parsed()) return check(check_options);
  if (const auto code = commands.run()) return *code;
  return serve(options);
}
