# The .NET runtime's part, made of runtimes/dotnet by Mono's compiler: one assembly of what Mono and all versions of .NET have
# in common, embedded as dotnet/runtime.dll.
function(hearth_dotnet folder)
  find_program(HEARTH_MCS mcs REQUIRED)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/runtimes/dotnet/*.cs)
  add_custom_command(
    OUTPUT ${folder}/dotnet/runtime.dll
    COMMAND ${CMAKE_COMMAND} -E make_directory ${folder}/dotnet
    COMMAND ${HEARTH_MCS} -langversion:6 -warn:4 -warnaserror -optimize+ -target:exe -out:${folder}/dotnet/runtime.dll ${sources}
    DEPENDS ${sources}
    COMMENT "Compiling the .NET runtime" VERBATIM)
  add_custom_target(hearth_dotnet_parts DEPENDS ${folder}/dotnet/runtime.dll)
  add_dependencies(generated_headers hearth_dotnet_parts)
endfunction()
