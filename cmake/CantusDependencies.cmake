# Everything the venue builds on, all from Debian 12 packages (the list that ./cantus installs is in that script).
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(spdlog REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(zstd REQUIRED)
if(CANTUS_TESTS)
  find_package(GTest REQUIRED)
endif()

# QuickFIX's package configuration names the wrong version, so it is found by hand.
find_path(QUICKFIX_INCLUDE_DIR quickfix/Session.h REQUIRED)
find_library(QUICKFIX_LIBRARY quickfix REQUIRED)
add_library(cantus_quickfix INTERFACE)
target_include_directories(cantus_quickfix SYSTEM INTERFACE ${QUICKFIX_INCLUDE_DIR})
target_link_libraries(cantus_quickfix INTERFACE ${QUICKFIX_LIBRARY} Threads::Threads)
