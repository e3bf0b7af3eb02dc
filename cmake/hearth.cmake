# One static library a folder, with the layers it may use spelled out, and one test program beside it.
#
#   hearth_layer(store DEPS io base LIBS RocksDB::rocksdb)
#
# Sources are the folder's *.cc without *_test.cc, and those of its FOLDERS; tests are their *_test.cc. Includes resolve
# from src/ and generated/, so `#include "store/store.h"`. READ_BY_MOST are headers that most of the sources include,
# which is then quick: they are compiled once, with those of cmake/pch.h. The tests' own code is not optimised, which
# would be most of its compiling.
function(hearth_layer name)
  cmake_parse_arguments(ARG "" "" "DEPS;LIBS;TEST_LIBS;READ_BY_MOST;FOLDERS" ${ARGN})
  set(target ${name})
  string(REPLACE "/" "_" target ${target})
  set(folder ${CMAKE_SOURCE_DIR}/src/${name})
  set(patterns ${folder}/*.cc)
  foreach(inner ${ARG_FOLDERS})
    list(APPEND patterns ${folder}/${inner}/*.cc)
  endforeach()
  file(GLOB sources CONFIGURE_DEPENDS ${patterns})
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "(_test|/main)\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  set(precompiled ${CMAKE_SOURCE_DIR}/cmake/pch.h)
  foreach(header ${ARG_READ_BY_MOST})
    list(APPEND precompiled <${header}>)
  endforeach()

  set(dep_targets "")
  foreach(dep ${ARG_DEPS})
    string(REPLACE "/" "_" dep ${dep})
    list(APPEND dep_targets hearth_${dep})
  endforeach()

  if(sources)
    add_library(hearth_${target} STATIC ${sources})
    target_include_directories(hearth_${target} PUBLIC ${CMAKE_SOURCE_DIR}/src ${CMAKE_BINARY_DIR}/generated)
    target_link_libraries(hearth_${target} PUBLIC ${dep_targets} ${ARG_LIBS})
    target_precompile_headers(hearth_${target} PRIVATE ${precompiled})
  else()
    add_library(hearth_${target} INTERFACE)
    target_include_directories(hearth_${target} INTERFACE ${CMAKE_SOURCE_DIR}/src ${CMAKE_BINARY_DIR}/generated)
    target_link_libraries(hearth_${target} INTERFACE ${dep_targets} ${ARG_LIBS})
  endif()

  if(tests)
    add_executable(${target}_test ${tests})
    target_link_libraries(${target}_test PRIVATE hearth_${target} GTest::gtest GTest::gtest_main GTest::gmock ${ARG_TEST_LIBS})
    target_compile_definitions(${target}_test PRIVATE HEARTH_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    target_compile_options(${target}_test PRIVATE -O0)
    target_precompile_headers(${target}_test PRIVATE ${precompiled} <gtest/gtest.h>)
    gtest_discover_tests(${target}_test TEST_PREFIX "${name}: " DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300)
  endif()
endfunction()

# A service: a layer on what every service stands on, `hearth_service(sqs DEPS delivery)`.
function(hearth_service name)
  cmake_parse_arguments(ARG "" "" "DEPS;LIBS;FOLDERS" ${ARGN})
  hearth_layer(services/${name} DEPS ${ARG_DEPS} identity api wire store io base LIBS ${ARG_LIBS} FOLDERS ${ARG_FOLDERS}
               TEST_LIBS hearth_store_rocks READ_BY_MOST store/table.h wire/router.h api/${name}.h)
endfunction()

# hearth_reads_json(source...): sources that read JSON with simdjson's on-demand reader, whose instructions are chosen when
# it is compiled: those of every x86-64 processor since 2010.
function(hearth_reads_json)
  if(CMAKE_SYSTEM_PROCESSOR STREQUAL x86_64)
    set_source_files_properties(${ARGN} PROPERTIES COMPILE_OPTIONS "-msse4.2;-mpclmul" SKIP_PRECOMPILE_HEADERS ON)
  endif()
endfunction()

# hearth_embeds(source pattern...): `source` embeds files of those patterns (#embed), or what is made of them below
# generated/, which neither ninja's dependency files nor ccache see. So their contents become part of its command line.
function(hearth_embeds source)
  list(TRANSFORM ARGN PREPEND ${PROJECT_SOURCE_DIR}/)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS ${ARGN})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${files})
  set(contents "")
  foreach(file ${files})
    file(SHA256 ${file} hash)
    string(APPEND contents ${hash})
  endforeach()
  string(SHA256 hash "${contents}")
  set_source_files_properties(${source} PROPERTIES COMPILE_DEFINITIONS HEARTH_EMBEDDED=${hash}
                              COMPILE_OPTIONS --embed-dir=${CMAKE_BINARY_DIR}/generated)
endfunction()

# hearth_zygote_library(): the library of src/zygote, for processes that are not ours (so it brings what it needs along
# and shows nothing but its entry), and `hearth_zygote_image`, which carries its bytes.
function(hearth_zygote_library)
  add_library(hearth_zygote MODULE ${CMAKE_SOURCE_DIR}/src/zygote/library.cc ${CMAKE_SOURCE_DIR}/src/zygote/fork.cc
              ${CMAKE_SOURCE_DIR}/src/zygote/snapshot.cc)
  target_compile_options(hearth_zygote PRIVATE -fvisibility=hidden)
  target_link_libraries(hearth_zygote PRIVATE hearth_sandbox)
  target_link_options(hearth_zygote PRIVATE -static-libstdc++ -static-libgcc -Wl,--as-needed -Wl,--gc-sections
                      -Wl,--exclude-libs,ALL -Wl,-s -Wl,-z,now)
  # The functions of a checker are in our own programs only: a build with one has no zygotes.
  if(NOT HEARTH_SANITIZE)
    target_link_options(hearth_zygote PRIVATE -Wl,-z,defs)
  endif()

  set(source ${CMAKE_BINARY_DIR}/generated/zygote_image.S)
  file(CONFIGURE OUTPUT ${source} CONTENT [[
.section .rodata
.global hearth_zygote_image_begin, hearth_zygote_image_end
hearth_zygote_image_begin:
.incbin "@CMAKE_BINARY_DIR@/src/libhearth_zygote.so"
hearth_zygote_image_end:
.section .note.GNU-stack,"",@progbits
]] @ONLY)
  add_library(hearth_zygote_image STATIC ${source})
  set_source_files_properties(${source} PROPERTIES OBJECT_DEPENDS ${CMAKE_BINARY_DIR}/src/libhearth_zygote.so)
  add_dependencies(hearth_zygote_image hearth_zygote)
endfunction()
