// The environment variables of a function's process, as programs on the real service find them.
#pragma once
#include <array>
#include <chrono>
#include <map>
#include <string>

#include "execution/function_config.h"
#include "execution/host.h"

namespace hearth::execution {

using Variables = std::map<std::string, std::string>;

constexpr uint16_t kRuntimeApiPort = 9001;
constexpr uint16_t kPlatformPort = 4566;  // AWS_ENDPOINT_URL, inside
// Before the platform's address, this leads there too: SDKs put a route before the host's name.
constexpr std::string_view kPlatformRoute = "io";
constexpr const char* kTaskRoot = "/var/task";
constexpr const char* kLayersRoot = "/opt";
constexpr const char* kSnapshotRoot = "/var/snapshot";
// Where functions and layers bring libraries. The loader of a process that runs before they are bound keeps
// in mind which folders of LD_LIBRARY_PATH were absent, and would never look again.
constexpr std::array kLateFolders = {"/var/task/lib", "/opt/lib", kSnapshotRoot};

// Of a function's credentials. An environment ends before they do.
constexpr std::chrono::hours kCredentialsTime(12);

// How an environment that begins with a snapshot begins.
constexpr std::string_view kSnapStart = "snap-start";
// "make" or "use": tells our runtimes, not functions, what to do about snapshots.
constexpr const char* kSnapshotVariable = "_HEARTH_SNAPSHOT";

// "127.0.0.1:4566"
std::string platform_host();

// Those that do not depend on the function.
Variables common_variables(const Launch& launch);
// All but credentials. Those of kSnapStart have no log stream either, which would get into a snapshot.
Variables variables_of(const FunctionConfig& config, const Launch& launch, const Host& host,
                       const std::string& log_stream, std::string_view initialization_type);

// Credentials of the function's role, made now.
Async<identity::SessionCredentials> credentials_of(const FunctionConfig& config, const Host& host);
void add_credentials(Variables& variables, const identity::SessionCredentials& credentials);
// The same as a container's endpoint gives them: a JSON document.
Async<std::string> credentials_document(const FunctionConfig& config, const Host& host);

}  // namespace hearth::execution
