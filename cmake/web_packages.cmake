# Brings WEB/node_modules level with WEB/package-lock.json: cmake -DWEB=dir -P web_packages.cmake. Does nothing when it
# is already; several build trees may ask at once.
file(LOCK "${WEB}/.npm-ci.lock" GUARD PROCESS TIMEOUT 900)

set(stamp "${WEB}/node_modules/.installed")
file(SHA256 "${WEB}/package-lock.json" wanted)
set(installed "")
if(EXISTS "${stamp}")
  file(READ "${stamp}" installed)
endif()

if(NOT installed STREQUAL wanted)
  find_program(NPM npm)
  if(NOT NPM)
    message(FATAL_ERROR "npm is missing: install Node.js with npm (Debian: apt-get install nodejs npm) and build again")
  endif()
  message(STATUS "npm ci in ${WEB}")
  execute_process(COMMAND "${NPM}" ci --no-audit --no-fund --loglevel=error
    WORKING_DIRECTORY "${WEB}" RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "npm ci in ${WEB} failed (${failed}); what it printed is above")
  endif()
endif()

file(WRITE "${stamp}" "${wanted}")
