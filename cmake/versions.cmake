# ss_other_version(<name> <version> <protocol>): both programs once more, as builds of another version, in
# versions/<name> of the build tree. The object with the numbers comes first, so the library's is not taken.
function(ss_other_version name version protocol)
  if(NOT TARGET stream-status OR NOT TARGET stream-statusd OR NOT TARGET lifecycle_tests)
    return()
  endif()
  set(directory "${PROJECT_BINARY_DIR}/versions/${name}")
  file(CONFIGURE OUTPUT "${directory}/release.cpp" @ONLY CONTENT [[
#define STREAM_STATUS_VERSION "@version@"
#define STREAM_STATUS_PROTOCOL @protocol@
#include "@PROJECT_SOURCE_DIR@/src/base/release.cpp"
]])
  foreach(program stream-status stream-statusd)
    get_target_property(sources ${program} SOURCES)
    get_target_property(libraries ${program} LINK_LIBRARIES)
    add_executable(${program}-${name} ${sources} "${directory}/release.cpp")
    target_link_libraries(${program}-${name} PRIVATE ${libraries})
    set_target_properties(${program}-${name} PROPERTIES OUTPUT_NAME ${program} RUNTIME_OUTPUT_DIRECTORY "${directory}")
    add_dependencies(lifecycle_tests ${program}-${name})
  endforeach()
endfunction()
