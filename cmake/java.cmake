# The Java runtime's parts, made of runtimes/java: classes in one jar, for Java 8 and newer, and the few calls that Java
# lacks in a library that its process loads. Both are embedded as java/runtime.jar and java/libruntime.so.
function(hearth_java folder)
  find_program(HEARTH_JAVAC javac REQUIRED)
  file(REAL_PATH ${HEARTH_JAVAC} javac)
  get_filename_component(jdk ${javac} DIRECTORY)
  get_filename_component(jdk ${jdk} DIRECTORY)
  set(source ${PROJECT_SOURCE_DIR}/runtimes/java)
  hearth_checkpoint_sources(checkpoint headers)
  file(GLOB_RECURSE classes CONFIGURE_DEPENDS ${source}/*.java)
  add_custom_command(
    OUTPUT ${folder}/java/runtime.jar
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${folder}/java/classes
    COMMAND ${javac} --release 8 -encoding UTF-8 -g -Xlint:all,-options -Werror -d ${folder}/java/classes ${classes}
    COMMAND ${jdk}/bin/jar cf ${folder}/java/runtime.jar -C ${folder}/java/classes .
    DEPENDS ${classes}
    COMMENT "Compiling the Java runtime" VERBATIM)
  # By itself, as the process that loads it has none of what a build may be instrumented with.
  add_custom_command(
    OUTPUT ${folder}/java/libruntime.so
    COMMAND ${CMAKE_CXX_COMPILER} -std=c++23 -Wall -Wextra -Werror -O2 -fPIC -fno-exceptions -fno-rtti -shared -nostdlib++
            -isystem ${jdk}/include -isystem ${jdk}/include/linux -I ${PROJECT_SOURCE_DIR}/src ${source}/native.cc
            ${checkpoint} -o ${folder}/java/libruntime.so
    DEPENDS ${source}/native.cc ${checkpoint} ${headers}
    COMMENT "Compiling the Java runtime's library" VERBATIM)
  add_custom_target(hearth_java_parts DEPENDS ${folder}/java/runtime.jar ${folder}/java/libruntime.so)
  add_dependencies(generated_headers hearth_java_parts)
endfunction()
