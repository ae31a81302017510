# Debian's -dev packages. Static where there is a choice: the programs need nothing but glibc where they run.
set(Boost_USE_STATIC_LIBS ON)
find_package(Boost 1.81 REQUIRED COMPONENTS json)

find_library(SQLITE3_STATIC libsqlite3.a REQUIRED)
add_library(ss_sqlite INTERFACE)
target_link_libraries(ss_sqlite INTERFACE "${SQLITE3_STATIC}" m ${CMAKE_DL_LIBS})

find_library(MD_STATIC libmd.a REQUIRED)
add_library(ss_md INTERFACE)
target_link_libraries(ss_md INTERFACE "${MD_STATIC}")

add_library(ss_fmt STATIC cmake/fmt.cpp)

find_package(GTest QUIET)
find_package(benchmark QUIET)
