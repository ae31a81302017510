# How our own code is compiled and linked: ss_options is for every target of ours, ss_program_link for the two programs,
# ss_test_link for what only tests them.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib")

set(STREAM_STATUS_SANITIZE "" CACHE STRING "Sanitizers, as for -fsanitize=; empty for none")
option(STREAM_STATUS_FUZZ "Build the targets of tests/fuzz with libFuzzer (clang)" OFF)

set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1 -fno-omit-frame-pointer")

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # The sloppiness is what ccache asks for to work with precompiled headers. With paths taken relative to this clone, another
  # clone of the same source finds what this one compiled. __FILE__ and debug lines are relative to the build tree then.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros
    "CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}" CCACHE_NOHASHDIR=1 "${CCACHE}")
endif()

find_package(Threads REQUIRED)

add_library(ss_options INTERFACE)
target_include_directories(ss_options INTERFACE
  "${PROJECT_SOURCE_DIR}/src" "${PROJECT_BINARY_DIR}/generated")
target_compile_options(ss_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(ss_options INTERFACE
    -Wduplicated-cond -Wlogical-op
    # g++ 12 sees overlaps and overruns in std::string that are not there.
    -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow)
endif()
target_compile_definitions(ss_options INTERFACE
  BOOST_ASIO_NO_DEPRECATED
  # Beast 1.81 (parse_chunk_header) asserts that 5 bytes are there when a last chunk comes in pieces, and does without.
  BOOST_DISABLE_ASSERTS
  BOOST_ALL_NO_LIB)
target_link_libraries(ss_options INTERFACE Threads::Threads)

# What most files include, parsed once: it halves their time. Only headers from outside, so that a change of ours never
# rebuilds everything; --tidy compiles without it and finds what a file forgot to include.
set(precompiled_headers <algorithm> <chrono> <functional> <map> <memory> <optional> <string> <string_view> <variant> <vector>
  <boost/json.hpp> <fmt/format.h> <tl/expected.hpp>)

add_library(ss_program_link INTERFACE)
add_library(ss_test_link INTERFACE)
if(STREAM_STATUS_FUZZ)
  # Warnings are g++'s business. The counts of scripts/fuzz_coverage.sh cost a fuzzer a quarter of its speed, and save a
  # tree of their own.
  target_compile_options(ss_options INTERFACE -w)
  add_compile_options(-fsanitize=fuzzer-no-link -fprofile-instr-generate -fcoverage-mapping)
  add_link_options(-fprofile-instr-generate)
endif()
if(STREAM_STATUS_SANITIZE)
  # For the whole directory, not by ss_options: a sanitizer wants to see every object of a program.
  add_compile_options(-fsanitize=${STREAM_STATUS_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${STREAM_STATUS_SANITIZE})
  # Instrumented code makes g++ guess about uninitialised values; the release tree has that warning as an error.
  target_compile_options(ss_options INTERFACE -Wno-maybe-uninitialized)
  if(STREAM_STATUS_SANITIZE MATCHES "undefined" AND NOT STREAM_STATUS_FUZZ)
    # Beside ASan, g++'s UBSan can only report to stderr, which a server does not have. As a trap it becomes ASan's report
    # of an ILL signal, with the line where it happened.
    add_compile_options(-fsanitize-undefined-trap-on-error)
  endif()
  if(STREAM_STATUS_SANITIZE MATCHES "thread")
    # TSan can not see fences, and g++ says so; Asio's handler fences only repeat what its locks already order.
    target_compile_options(ss_options INTERFACE -Wno-tsan)
  endif()
  configure_file(cmake/sanitizer_defaults.cpp.in "${PROJECT_BINARY_DIR}/sanitizer_defaults.cpp" @ONLY)
  add_library(ss_sanitizer_defaults OBJECT "${PROJECT_BINARY_DIR}/sanitizer_defaults.cpp")
  foreach(link ss_program_link ss_test_link)
    target_sources(${link} INTERFACE $<TARGET_OBJECTS:ss_sanitizer_defaults>)
  endforeach()
else()
  # Sections and --gc-sections drop what is not used of the static libraries.
  add_compile_options(-ffunction-sections -fdata-sections)
  target_link_options(ss_program_link INTERFACE
    -static-libstdc++ -static-libgcc -Wl,--gc-sections -Wl,--as-needed -Wl,--hash-style=gnu)
endif()
