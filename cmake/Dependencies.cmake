# Every package that we link, as Debian 12 ships it (docs/DEPENDENCIES.md says why each is here;
# deploy/install-dependencies installs them). Packages only: nothing is fetched.

find_package(Threads REQUIRED)
find_package(absl CONFIG REQUIRED)
find_package(OpenSSL 3.0 REQUIRED COMPONENTS Crypto)
# Debian ships no CMake package of protobuf: module mode, and before gRPC, which looks for it.
find_package(Protobuf 3.21 MODULE REQUIRED)
find_package(gRPC CONFIG REQUIRED)
# RocksDB::rocksdb is the static archive of 33 MB; we link RocksDB::rocksdb-shared.
find_package(RocksDB CONFIG REQUIRED)
find_package(yaml-cpp CONFIG REQUIRED)
# Header-only and shipped without a CMake package: <CLI/CLI.hpp>.
find_path(APLOMB_CLI11_INCLUDE_DIR CLI/CLI.hpp REQUIRED)

# Shipped with a pkg-config file only.
find_package(CURL REQUIRED)
find_path(APLOMB_MICROHTTPD_INCLUDE_DIR microhttpd.h REQUIRED)
find_library(APLOMB_MICROHTTPD_LIBRARY microhttpd REQUIRED)
add_library(aplomb_microhttpd INTERFACE)
add_library(aplomb::microhttpd ALIAS aplomb_microhttpd)
target_include_directories(aplomb_microhttpd SYSTEM INTERFACE ${APLOMB_MICROHTTPD_INCLUDE_DIR})
target_link_libraries(aplomb_microhttpd INTERFACE ${APLOMB_MICROHTTPD_LIBRARY})

# The interpreter Debian's python3-grpcio belongs to, not whatever stands first on the PATH.
if(NOT Python3_EXECUTABLE AND EXISTS /usr/bin/python3)
  set(Python3_EXECUTABLE /usr/bin/python3)
endif()

if(BUILD_TESTING)
  find_package(GTest 1.12 CONFIG REQUIRED)
  find_package(benchmark CONFIG REQUIRED)
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
endif()
