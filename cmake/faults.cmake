# The two programs once more, with fault points (src/base/fault_point.h), for tests only: build/<preset>/faulty. The few
# files that have one are compiled again; all else is linked from the same libraries, whose own copies of those files the
# linker then does not take.
file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/*.cpp")
set(fault_point_sources "")
foreach(source IN LISTS sources)
  file(STRINGS "${source}" points REGEX "^ *SS_FAULT_POINT\\(")
  if(points)
    list(APPEND fault_point_sources "${source}")
  endif()
endforeach()

add_library(fault_points OBJECT tests/faults/fault_point.cpp)
target_link_libraries(fault_points PRIVATE ss_options)
target_compile_definitions(fault_points PRIVATE STREAM_STATUS_FAULT_POINTS)

# ss_faulty_program(<target> <name> <directory below the build tree> <source>... LIBRARIES <folder>...)
function(ss_faulty_program target name directory)
  cmake_parse_arguments(PARSE_ARGV 3 arg "" "" "LIBRARIES")
  list(TRANSFORM arg_LIBRARIES PREPEND ss_)
  add_executable(${target} ${arg_UNPARSED_ARGUMENTS} $<TARGET_OBJECTS:fault_points>)
  target_compile_definitions(${target} PRIVATE STREAM_STATUS_FAULT_POINTS)
  target_link_libraries(${target} PRIVATE ss_options ss_program_link ${arg_LIBRARIES})
  # The wall clock is the plan's as well.
  target_link_options(${target} PRIVATE -Wl,--wrap=_ZNSt6chrono3_V212system_clock3nowEv)
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/${directory}")
  ss_precompile(${target})
endfunction()

set(faulty_server_sources ${fault_point_sources})
list(FILTER faulty_server_sources INCLUDE REGEX "/src/(server|service|store)/")
set(faulty_client_sources ${fault_point_sources})
list(FILTER faulty_client_sources INCLUDE REGEX "/src/(client|cli)/")

ss_faulty_program(faulty_server stream-statusd faulty src/stream_statusd.cpp ${faulty_server_sources}
  LIBRARIES ${server_libraries})
ss_faulty_program(faulty_client stream-status faulty src/stream_status.cpp ${faulty_client_sources}
  LIBRARIES ${client_libraries})

add_test(NAME real_programs_have_no_fault_points
  COMMAND sh "${PROJECT_SOURCE_DIR}/tests/faults/none_in_real_programs.sh" "${PROJECT_BINARY_DIR}")
set_tests_properties(real_programs_have_no_fault_points PROPERTIES LABELS check)
