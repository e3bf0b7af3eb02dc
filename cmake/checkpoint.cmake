# What processes write themselves down by, and its headers.
function(hearth_checkpoint_sources sources headers)
  set(folder ${PROJECT_SOURCE_DIR}/src/checkpoint)
  file(GLOB found CONFIGURE_DEPENDS ${folder}/*.cc)
  list(FILTER found EXCLUDE REGEX "(_test|/main|/library)\\.cc$")
  set(${sources} ${found} PARENT_SCOPE)
  file(GLOB found CONFIGURE_DEPENDS ${folder}/*.h)
  set(${headers} ${found} PARENT_SCOPE)
endfunction()

# hearth_checkpoint(FOLDER): what is made of src/checkpoint for processes that are not ours, so by itself, without what a build
# may be instrumented with: checkpoint/libcheckpoint.so, by which they write themselves down, and checkpoint/restore, which
# has no library and lies where no image has anything (kOwnBegin of image.h). Where there are no checkpoints that is empty.
function(hearth_checkpoint folder)
  set(source ${PROJECT_SOURCE_DIR}/src/checkpoint)
  hearth_checkpoint_sources(sources headers)
  set(compile ${CMAKE_CXX_COMPILER} -std=c++23 -Wall -Wextra -Werror -O2 -fno-exceptions -fno-rtti -I ${PROJECT_SOURCE_DIR}/src)
  set(library ${folder}/checkpoint/libcheckpoint.so)
  add_custom_command(
    OUTPUT ${library}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${folder}/checkpoint
    COMMAND ${compile} -fPIC -shared -nostdlib++ -fvisibility=hidden -Wl,-s ${source}/library.cc ${sources} -o ${library}
    DEPENDS ${source}/library.cc ${sources} ${headers}
    COMMENT "Compiling what writes checkpoints" VERBATIM)
  set(restore ${folder}/checkpoint/restore)
  set(make_restore ${CMAKE_COMMAND} -E touch ${restore})
  if(CMAKE_SYSTEM_PROCESSOR STREQUAL x86_64)
    set(make_restore ${compile} -fPIE -ffreestanding -fno-stack-protector -nostdlib -static -fuse-ld=lld
                     -Wl,--image-base=0x100000000000 -Wl,-s ${source}/main.cc -o ${restore})
  endif()
  add_custom_command(
    OUTPUT ${restore}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${folder}/checkpoint
    COMMAND ${make_restore}
    DEPENDS ${source}/main.cc ${headers}
    COMMENT "Compiling what restores checkpoints" VERBATIM)
  add_custom_target(hearth_checkpoint_parts DEPENDS ${library} ${restore})
  add_dependencies(generated_headers hearth_checkpoint_parts)
endfunction()
