# tests/mutants: programs that are wrong on purpose. Each patch is applied to a copy of the file it changes, and the program
# is linked as in cmake/faults.cmake, into build/<preset>/mutants/<name>. Its test passes when the tests that the patch
# names fail with that program. A patch that does not apply any more stops the build.
file(GLOB mutants CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/mutants/*.patch")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${mutants})

foreach(patch IN LISTS mutants)
  cmake_path(GET patch STEM name)
  set(directory "${PROJECT_BINARY_DIR}/mutants/${name}")
  file(STRINGS "${patch}" file REGEX "^--- a/")
  string(REPLACE "--- a/" "" file "${file}")
  add_custom_command(OUTPUT "${directory}/${file}"
    COMMAND sh "${PROJECT_SOURCE_DIR}/tests/mutants/apply.sh" "${PROJECT_SOURCE_DIR}" "${patch}" "${file}" "${directory}"
    DEPENDS "${file}" "${patch}" VERBATIM)

  if(NOT file MATCHES "^src/server/")
    set(mutated client)
    set(program stream-status)
    set(untouched server)
    set(other stream-statusd)
  else()
    set(mutated server)
    set(program stream-statusd)
    set(untouched client)
    set(other stream-status)
  endif()
  set(sources ${faulty_${mutated}_sources})
  list(REMOVE_ITEM sources "${PROJECT_SOURCE_DIR}/${file}")
  string(REPLACE "stream-status" "stream_status" main "src/${program}.cpp")
  ss_faulty_program(mutant_${name} ${program} mutants/${name} ${main} ${sources} "${directory}/${file}"
    LIBRARIES ${${mutated}_libraries})
  # Both programs lie side by side, and where tests look for those with fault points too.
  add_custom_command(TARGET mutant_${name} POST_BUILD
    COMMAND ${CMAKE_COMMAND} -E copy "$<TARGET_FILE:faulty_${untouched}>" "${directory}/${other}"
    COMMAND ${CMAKE_COMMAND} -E create_symlink . "${directory}/faulty" VERBATIM)
  add_dependencies(mutant_${name} faulty_${untouched})
  add_dependencies(lifecycle_tests mutant_${name})

  add_test(NAME "mutant: ${name}"
    COMMAND sh "${PROJECT_SOURCE_DIR}/tests/mutants/caught.sh" "${patch}" "${directory}" $<TARGET_FILE:lifecycle_tests>)
  set_tests_properties("mutant: ${name}" PROPERTIES LABELS mutant TIMEOUT 600 RUN_SERIAL ON)
endforeach()
