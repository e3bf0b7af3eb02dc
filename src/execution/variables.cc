#include "execution/variables.h"

#include <fmt/format.h>

#include "base/json.h"

namespace hearth::execution {

std::string platform_host() {
  return fmt::format("127.0.0.1:{}", kPlatformPort);
}

Variables common_variables(const Launch& launch) {
  Variables variables(launch.environment.begin(), launch.environment.end());
  variables["LANG"] = "en_US.UTF-8";
  variables["TZ"] = ":UTC";
  variables["PATH"] = "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin";
  variables["LD_LIBRARY_PATH"] =
      "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib";
  variables["AWS_XRAY_CONTEXT_MISSING"] = "LOG_ERROR";
  variables["AWS_LAMBDA_RUNTIME_API"] = fmt::format("127.0.0.1:{}", kRuntimeApiPort);
  variables["LAMBDA_TASK_ROOT"] = kTaskRoot;
  variables["LAMBDA_RUNTIME_DIR"] = "/var/runtime";
  if (launch.piped) variables["_LAMBDA_TELEMETRY_LOG_FD"] = "1";  // see log_pipe.h
  return variables;
}

namespace {

// What an image says of itself, on top of what it needs to know of us. Where its programs and libraries are
// it says itself as well.
Variables image_variables(const ImageProgram& image, const Launch& launch) {
  Variables variables = common_variables(launch);
  variables.erase("LANG");
  variables.erase("LD_LIBRARY_PATH");
  variables["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  for (const std::string& variable : image.environment) {
    const size_t equals = variable.find('=');
    if (equals == 0 || equals == std::string::npos) continue;
    variables[variable.substr(0, equals)] = variable.substr(equals + 1);
  }
  variables["AWS_LAMBDA_RUNTIME_API"] = common_variables(launch).at("AWS_LAMBDA_RUNTIME_API");
  return variables;
}

}  // namespace

Variables variables_of(const FunctionConfig& config, const Launch& launch, const Host& host,
                       const std::string& log_stream, std::string_view initialization_type) {
  Variables variables = config.image ? image_variables(*config.image, launch) : common_variables(launch);
  if (host.platform) variables["AWS_ENDPOINT_URL"] = "http://" + platform_host();
  for (const auto& [name, value] : config.environment) variables[name] = value;

  variables["AWS_LAMBDA_INITIALIZATION_TYPE"] = initialization_type;
  if (!config.image) variables["_HANDLER"] = config.handler;
  variables["AWS_REGION"] = variables["AWS_DEFAULT_REGION"] = config.region;
  variables["AWS_LAMBDA_FUNCTION_NAME"] = config.name;
  variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] = std::to_string(config.memory_mib);
  variables["AWS_LAMBDA_FUNCTION_VERSION"] = config.version;
  if (!config.runtime.starts_with("provided")) {
    variables["AWS_EXECUTION_ENV"] = "AWS_Lambda_" + (config.image ? "Image" : config.runtime);
  }
  variables["AWS_LAMBDA_LOG_FORMAT"] = config.logs.format == LogFormat::kJson ? "JSON" : "Text";
  if (config.shared()) variables["AWS_LAMBDA_MAX_CONCURRENCY"] = std::to_string(config.invokes_at_once);
  if (config.logs.format == LogFormat::kJson) {
    variables["AWS_LAMBDA_LOG_LEVEL"] = log_level_name(config.logs.application_level);
  }
  variables.erase(kSnapshotVariable);
  if (initialization_type == kSnapStart) return variables;
  variables["AWS_LAMBDA_LOG_GROUP_NAME"] = config.logs.group;
  variables["AWS_LAMBDA_LOG_STREAM_NAME"] = log_stream;
  return variables;
}

Async<identity::SessionCredentials> credentials_of(const FunctionConfig& config, const Host& host) {
  co_return co_await host.roles.issue({.role_arn = config.role_arn,
                                       .session_name = config.name,
                                       .service = "lambda.amazonaws.com",
                                       .resource_arn = config.arn,
                                       .source_function = config.arn,
                                       .lifetime = kCredentialsTime});
}

void add_credentials(Variables& variables, const identity::SessionCredentials& credentials) {
  variables["AWS_ACCESS_KEY_ID"] = credentials.access_key_id;
  variables["AWS_SECRET_ACCESS_KEY"] = credentials.secret_access_key;
  variables["AWS_SESSION_TOKEN"] = credentials.session_token;
}

Async<std::string> credentials_document(const FunctionConfig& config, const Host& host) {
  TRY(const auto credentials, co_await credentials_of(config, host));
  co_return to_text(json::object{{"RoleArn", config.role_arn},
                                 {"AccessKeyId", credentials.access_key_id},
                                 {"SecretAccessKey", credentials.secret_access_key},
                                 {"Token", credentials.session_token},
                                 {"Expiration", iso8601_ms(credentials.expires)}});
}

}  // namespace hearth::execution
