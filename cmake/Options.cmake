# How our code is compiled. Applies to targets made by the functions of Aplomb.cmake (through the
# interface target aplomb_warnings) and, for what must be the same in a whole program, globally.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Kind of build" FORCE)
endif()

set(APLOMB_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them")
option(APLOMB_FUZZ "Build the libFuzzer targets (clang only)" OFF)
option(APLOMB_WARNINGS_AS_ERRORS "Stop at the first warning in our code" ON)

# ccache when it is there. A launcher given on the command line wins.
find_program(APLOMB_CCACHE ccache)
if(APLOMB_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${APLOMB_CCACHE})
endif()

# No path of the machine that builds gets into what is built (assertion texts, debug information).
add_compile_options(-ffile-prefix-map=${PROJECT_SOURCE_DIR}=.)

if(APLOMB_FUZZ)
  # Coverage for libFuzzer in all of our code; tests/fuzz adds its main().
  add_compile_options(-fsanitize=fuzzer-no-link)
  add_link_options(-fsanitize=fuzzer-no-link)
endif()

if(APLOMB_SANITIZE)
  add_compile_options(-fsanitize=${APLOMB_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${APLOMB_SANITIZE})
endif()

# Our code only: headers of packages and generated headers are SYSTEM and stay silent.
add_library(aplomb_warnings INTERFACE)
target_compile_options(aplomb_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion
  $<$<BOOL:${APLOMB_WARNINGS_AS_ERRORS}>:-Werror>
  # Part of -Wconversion for clang, not for g++; both shall ask for the same.
  $<$<CXX_COMPILER_ID:Clang>:-Wno-sign-conversion>
  # Finds a read of an ABSL_GUARDED_BY member without its Mutex; only clang knows it.
  $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>)
