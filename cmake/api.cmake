# Generates shapes and tables for every api/<service>.toml and makes one library of them: hearth_api. It stands
# beside the wire layer; include a service's header as "api/<service>.h".
function(hearth_api)
  file(GLOB overlays CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/api/*.toml)
  file(GLOB generator CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tools/modelgen/*.py)
  set(folder ${CMAKE_BINARY_DIR}/generated/api)
  set(outputs "")
  foreach(overlay ${overlays})
    get_filename_component(service ${overlay} NAME_WE)
    add_custom_command(
      OUTPUT ${folder}/${service}.h ${folder}/${service}.cc
      COMMAND ${HEARTH_PYTHON} -B ${CMAKE_SOURCE_DIR}/tools/modelgen/modelgen.py ${overlay} --output ${folder}
              --depfile ${folder}/${service}.d
      DEPENDS ${overlay} ${generator}
      DEPFILE ${folder}/${service}.d
      COMMENT "Generating api/${service}.h from the published model")
    list(APPEND outputs ${folder}/${service}.h ${folder}/${service}.cc)
  endforeach()
  add_custom_target(generated_api DEPENDS ${outputs})
  add_dependencies(generated_headers generated_api)
  add_library(hearth_api STATIC ${outputs})
  target_include_directories(hearth_api PUBLIC ${CMAKE_BINARY_DIR}/generated)
  target_link_libraries(hearth_api PUBLIC hearth_wire)
  target_precompile_headers(hearth_api PRIVATE ${CMAKE_SOURCE_DIR}/cmake/pch.h)
endfunction()

# The generator's own tests: its output for a service that uses every trait, that output at work, and the page of
# what is served.
function(hearth_modelgen_tests)
  set(tool ${CMAKE_SOURCE_DIR}/tools/modelgen)
  file(GLOB overlays CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/api/*.toml)
  add_test(NAME "modelgen: golden files"
           COMMAND ${HEARTH_PYTHON} -B ${tool}/modelgen.py ${tool}/golden/golden.toml --model ${tool}/golden/model.json
                   --output ${tool}/golden/api --check)
  add_test(NAME "modelgen: compatibility page"
           COMMAND ${HEARTH_PYTHON} -B ${tool}/modelgen.py ${overlays} --compatibility
                   ${CMAKE_SOURCE_DIR}/docs/compatibility.md --check)
  add_test(NAME "modelgen: permissions" COMMAND ${HEARTH_PYTHON} -B ${tool}/model_test.py)
  add_executable(modelgen_test ${tool}/golden/golden_test.cc ${tool}/golden/api/golden.cc)
  target_include_directories(modelgen_test PRIVATE ${tool}/golden)
  target_link_libraries(modelgen_test PRIVATE hearth_wire GTest::gtest GTest::gtest_main)
  target_compile_options(modelgen_test PRIVATE -O0)
  target_precompile_headers(modelgen_test PRIVATE ${CMAKE_SOURCE_DIR}/cmake/pch.h <gtest/gtest.h>)
  gtest_discover_tests(modelgen_test TEST_PREFIX "modelgen: " DISCOVERY_TIMEOUT 60)
endfunction()

# The table of the policies that AWS manages, included as "identity/managed_policy_table.h".
function(hearth_managed_policies)
  set(tool ${CMAKE_SOURCE_DIR}/tools/managed_policies.py)
  set(output ${CMAKE_BINARY_DIR}/generated/identity/managed_policy_table.h)
  add_custom_command(OUTPUT ${output} COMMAND ${HEARTH_PYTHON} -B ${tool} ${output}
                     DEPENDS ${tool} ${CMAKE_SOURCE_DIR}/tools/requirements-data.txt
                     COMMENT "Generating the table of AWS managed policies")
  add_custom_target(generated_managed_policies DEPENDS ${output})
  add_dependencies(generated_headers generated_managed_policies)
endfunction()
