#include "execution/runtime_files.h"

#include <array>

extern "C" const char hearth_zygote_image_begin[];  // NOLINT(modernize-avoid-c-arrays): of the assembler
extern "C" const char hearth_zygote_image_end[];    // NOLINT(modernize-avoid-c-arrays)

namespace hearth::execution {
namespace {

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wc23-extensions"
constexpr unsigned char kCheckpointLibrary[] = {
#embed "checkpoint/libcheckpoint.so"
};
constexpr unsigned char kCheckpointRestore[] = {
#embed "checkpoint/restore"
};
constexpr char kDotnetBootstrap[] = {
#embed "../../runtimes/dotnet/bootstrap.sh"
};
constexpr unsigned char kDotnetRuntime[] = {
#embed "dotnet/runtime.dll"
};
constexpr unsigned char kJavaClasses[] = {
#embed "java/runtime.jar"
};
constexpr unsigned char kJavaLibrary[] = {
#embed "java/libruntime.so"
};
constexpr char kNodeBootstrap[] = {
#embed "../../runtimes/node/bootstrap.js"
};
constexpr char kNodeErrors[] = {
#embed "../../runtimes/node/errors.js"
};
constexpr char kNodeInvoke[] = {
#embed "../../runtimes/node/invoke.js"
};
constexpr char kNodeLoad[] = {
#embed "../../runtimes/node/load.js"
};
constexpr char kNodeLog[] = {
#embed "../../runtimes/node/log.js"
};
constexpr char kNodePipeClient[] = {
#embed "../../runtimes/node/pipe_client.js"
};
constexpr char kNodeRehearsal[] = {
#embed "../../runtimes/node/rehearsal.js"
};
constexpr char kNodeRuntimeClient[] = {
#embed "../../runtimes/node/runtime_client.js"
};
constexpr char kNodeStream[] = {
#embed "../../runtimes/node/stream.js"
};
constexpr char kPythonBootstrap[] = {
#embed "../../runtimes/python/bootstrap.py"
};
constexpr char kPythonCrew[] = {
#embed "../../runtimes/python/crew.py"
};
constexpr char kPythonHearthSnapshot[] = {
#embed "../../runtimes/python/hearth_snapshot.py"
};
constexpr char kPythonLambdaContext[] = {
#embed "../../runtimes/python/lambda_context.py"
};
constexpr char kPythonLogFormat[] = {
#embed "../../runtimes/python/log_format.py"
};
constexpr char kPythonRehearsal[] = {
#embed "../../runtimes/python/rehearsal.py"
};
constexpr char kPythonRuntimeClient[] = {
#embed "../../runtimes/python/runtime_client.py"
};
constexpr char kPythonSdk[] = {
#embed "../../runtimes/python/sdk.py"
};
constexpr char kPythonSnapshotRestore[] = {
#embed "../../runtimes/python/snapshot_restore_py.py"
};
constexpr char kRubyBootstrap[] = {
#embed "../../runtimes/ruby/bootstrap.rb"
};
constexpr char kRubyEvent[] = {
#embed "../../runtimes/ruby/event.rb"
};
constexpr char kRubyHandler[] = {
#embed "../../runtimes/ruby/handler.rb"
};
constexpr char kRubyLambdaContext[] = {
#embed "../../runtimes/ruby/lambda_context.rb"
};
constexpr char kRubyLog[] = {
#embed "../../runtimes/ruby/log.rb"
};
constexpr char kRubyMarshaller[] = {
#embed "../../runtimes/ruby/marshaller.rb"
};
constexpr char kRubyPipeClient[] = {
#embed "../../runtimes/ruby/pipe_client.rb"
};
constexpr char kRubyRuntimeClient[] = {
#embed "../../runtimes/ruby/runtime_client.rb"
};
#pragma clang diagnostic pop

template <size_t N>
constexpr std::string_view text_of(const char (&bytes)[N]) {
  return {bytes, N};
}

template <size_t N>
std::string_view text_of(const unsigned char (&bytes)[N]) {
  return {reinterpret_cast<const char*>(bytes), N};
}

const auto kFiles = std::to_array<RuntimeFile>({
    {"dotnet/bootstrap.sh", text_of(kDotnetBootstrap)},
    {"dotnet/libcheckpoint.so", text_of(kCheckpointLibrary)},
    {"dotnet/restore", text_of(kCheckpointRestore), true},
    {"dotnet/runtime.dll", text_of(kDotnetRuntime)},
    {"java/libruntime.so", text_of(kJavaLibrary)},
    {"java/restore", text_of(kCheckpointRestore), true},
    {"java/runtime.jar", text_of(kJavaClasses)},
    {"node/bootstrap.js", text_of(kNodeBootstrap)},
    {"node/errors.js", text_of(kNodeErrors)},
    {"node/invoke.js", text_of(kNodeInvoke)},
    {"node/load.js", text_of(kNodeLoad)},
    {"node/log.js", text_of(kNodeLog)},
    {"node/pipe_client.js", text_of(kNodePipeClient)},
    {"node/rehearsal.js", text_of(kNodeRehearsal)},
    {"node/runtime_client.js", text_of(kNodeRuntimeClient)},
    {"node/stream.js", text_of(kNodeStream)},
    {"python/bootstrap.py", text_of(kPythonBootstrap)},
    {"python/crew.py", text_of(kPythonCrew)},
    {"python/hearth_snapshot.py", text_of(kPythonHearthSnapshot)},
    {"python/lambda_context.py", text_of(kPythonLambdaContext)},
    {"python/libcheckpoint.so", text_of(kCheckpointLibrary)},
    {"python/log_format.py", text_of(kPythonLogFormat)},
    {"python/restore", text_of(kCheckpointRestore), true},
    {"python/rehearsal.py", text_of(kPythonRehearsal)},
    {"python/runtime_client.py", text_of(kPythonRuntimeClient)},
    {"python/sdk.py", text_of(kPythonSdk)},
    {"python/snapshot_restore_py.py", text_of(kPythonSnapshotRestore)},
    {"ruby/bootstrap.rb", text_of(kRubyBootstrap)},
    {"ruby/event.rb", text_of(kRubyEvent)},
    {"ruby/handler.rb", text_of(kRubyHandler)},
    {"ruby/lambda_context.rb", text_of(kRubyLambdaContext)},
    {"ruby/log.rb", text_of(kRubyLog)},
    {"ruby/marshaller.rb", text_of(kRubyMarshaller)},
    {"ruby/pipe_client.rb", text_of(kRubyPipeClient)},
    {"ruby/runtime_client.rb", text_of(kRubyRuntimeClient)},
});

}  // namespace

std::span<const RuntimeFile> runtime_files() {
  return kFiles;
}

std::string_view zygote_library() {
  return {hearth_zygote_image_begin, hearth_zygote_image_end};
}

}  // namespace hearth::execution
