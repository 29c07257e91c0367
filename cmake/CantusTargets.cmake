# How the project's libraries, programs and tests are declared. Every target gets the same warnings as errors.

add_library(cantus_options INTERFACE)
target_include_directories(cantus_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(cantus_options INTERFACE
  -Wall -Wextra -Werror -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual -Wimplicit-fallthrough
  -Wundef -Wvla -fno-omit-frame-pointer)
if(CANTUS_SANITIZERS)
  target_compile_options(cantus_options INTERFACE -fsanitize=${CANTUS_SANITIZERS} -fno-sanitize-recover=all)
  target_link_options(cantus_options INTERFACE -fsanitize=${CANTUS_SANITIZERS})
  target_compile_definitions(cantus_options INTERFACE CANTUS_SANITIZED)
endif()

if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # g++ is the compiler of the house; what clang warns of besides must not stop a sanitizer.
  target_compile_options(cantus_options INTERFACE -Wno-error)
endif()

# What a user runs (`./cantus` builds these first), and the tests that have more than one thread (run under TSan).
add_custom_target(programs)
add_custom_target(threaded_tests)

# cantus_library(NAME base [PURE] SOURCES a.cpp … [DEPS cantus_x …] [LIBS external …])
# A static library `cantus_<NAME>`, instrumented for the fuzzers where they are built. PURE marks a state machine's
# library: it is held to the list of forbidden symbols, and its link test takes nothing but the C++ runtime. DEPS are
# ours, LIBS are packages.
function(cantus_library)
  cmake_parse_arguments(ARG "PURE" "NAME" "SOURCES;DEPS;LIBS" ${ARGN})
  set(target cantus_${ARG_NAME})
  add_library(${target} STATIC ${ARG_SOURCES})
  target_link_libraries(${target} PUBLIC cantus_options ${ARG_DEPS} ${ARG_LIBS})
  if(CANTUS_FUZZERS)
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
  set_property(GLOBAL APPEND PROPERTY CANTUS_LIBRARIES ${target})
  if(ARG_PURE)
    set_property(GLOBAL APPEND PROPERTY CANTUS_PURE_LIBRARIES ${target})
  endif()
  set_target_properties(${target} PROPERTIES CANTUS_DEPS "${ARG_DEPS}" CANTUS_LIBS "${ARG_LIBS}")
endfunction()

# cantus_program(NAME cantus SOURCES main.cpp … DEPS …)
function(cantus_program)
  cmake_parse_arguments(ARG "" "NAME" "SOURCES;DEPS;LIBS" ${ARGN})
  add_executable(${ARG_NAME} ${ARG_SOURCES})
  target_link_libraries(${ARG_NAME} PRIVATE cantus_options ${ARG_DEPS} ${ARG_LIBS})
  set_target_properties(${ARG_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
  add_dependencies(programs ${ARG_NAME})
endfunction()

# cantus_test(NAME eventlog_journal SOURCES … DEPS … [TIMEOUT seconds] [LABELS …])
# A GoogleTest program, run by ctest as one test. The time-out only ends a test that hangs. Labels: `threads` for a test
# with more than one thread (it also runs under the thread sanitizer), `long` for one that only `./cantus test --all` runs.
# A test that takes half a minute or more has its seconds as property COST: those begin first, so that none of them is
# alone at the end.
function(cantus_test)
  cmake_parse_arguments(ARG "" "NAME;TIMEOUT" "SOURCES;DEPS;LIBS;LABELS" ${ARGN})
  set(target test_${ARG_NAME})
  add_executable(${target} ${ARG_SOURCES})
  target_link_libraries(${target} PRIVATE cantus_options ${ARG_DEPS} ${ARG_LIBS} GTest::gtest_main GTest::gmock)
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  add_test(NAME ${ARG_NAME} COMMAND ${target})
  set_tests_properties(${ARG_NAME} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}")
  if("threads" IN_LIST ARG_LABELS)
    add_dependencies(threaded_tests ${target})
  endif()
endfunction()

# cantus_fuzzer(NAME record SOURCES … DEPS … [LIBS …] [RUNS n])
# SOURCES define tests/fuzz/fuzz.h. With CANTUS_FUZZERS (clang) the program fuzz/fuzz_<NAME> is made for libFuzzer; with
# the tests, a runner that plays the seeds and n mutations of them as the test fuzz_<NAME>.
add_custom_target(fuzzers)
function(cantus_fuzzer)
  cmake_parse_arguments(ARG "" "NAME;RUNS" "SOURCES;DEPS;LIBS" ${ARGN})
  set(main ${CMAKE_SOURCE_DIR}/tests/fuzz)
  if(NOT ARG_RUNS)
    set(ARG_RUNS 20000)
  endif()
  if(CANTUS_FUZZERS)
    set(target fuzz_${ARG_NAME})
    add_executable(${target} EXCLUDE_FROM_ALL ${ARG_SOURCES} ${main}/libfuzzer_main.cpp)
    target_link_libraries(${target} PRIVATE cantus_options ${ARG_DEPS} ${ARG_LIBS})
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
    set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
    add_dependencies(fuzzers ${target})
  endif()
  if(CANTUS_TESTS)
    set(target fuzz_smoke_${ARG_NAME})
    add_executable(${target} ${ARG_SOURCES} ${main}/smoke_main.cpp)
    target_link_libraries(${target} PRIVATE cantus_options ${ARG_DEPS} ${ARG_LIBS})
    set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    add_test(NAME fuzz_${ARG_NAME} COMMAND ${target} --runs ${ARG_RUNS} --seed 1)
    set_tests_properties(fuzz_${ARG_NAME} PROPERTIES TIMEOUT 300)
  endif()
endfunction()
