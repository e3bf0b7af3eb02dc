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
      COMMAND ${HEARTH_PYTHON} -B ${CMAKE_SOURCE_DIR}/tools/modelgen/modelgen.py ${overlay} ${folder}
              --depfile ${folder}/${service}.d
      DEPENDS ${overlay} ${generator}
      DEPFILE ${folder}/${service}.d
      COMMENT "Generating api/${service}.h from the published model")
    list(APPEND outputs ${folder}/${service}.h ${folder}/${service}.cc)
  endforeach()
  add_library(hearth_api STATIC ${outputs})
  target_include_directories(hearth_api PUBLIC ${CMAKE_BINARY_DIR}/generated)
  target_link_libraries(hearth_api PUBLIC hearth_wire)
  target_precompile_headers(hearth_api PRIVATE ${CMAKE_SOURCE_DIR}/cmake/pch.h)
endfunction()
