# The walls of the house: how a room, a test and a program are declared.
#
#   aplomb_room(NAME <path> [TARGET <word>] [HEADERS <file>…] [SOURCES <file>…]
#               [PRIVATE_HEADERS <file>…] [PUBLIC_DEPS <target>…] [PRIVATE_DEPS <target>…])
#
#     A room is the folder <path> of this tree; call this from <path>/CMakeLists.txt. Makes the
#     library aplomb_<word> with the alias aplomb::<word>; <word> is the last part of <path>
#     unless TARGET says otherwise ("audit/tlog" makes aplomb::tlog). With TARGET, a folder can hold
#     a second, smaller library, for those who need a part of the room only.
#
#     HEADERS   What users of the room may include, as "<path>/<file>", and *all* that they can
#               include: the room's include root holds a link for each of these and nothing else.
#               So a room sees the headers of the rooms it links, not their neighbours in the tree,
#               not their inner headers, and not the headers of a room inside theirs.
#     PRIVATE_HEADERS  Inner headers, included as "<path>/<file>" too; only SOURCES can.
#     PUBLIC_DEPS   What HEADERS include; users of the room see it too.
#     PRIVATE_DEPS  What only SOURCES include; linked, not seen.
#
#     Building the target all_verify_interface_header_sets compiles each header by itself.
#
#   aplomb_test(NAME <name> SOURCES <file>… [DEPS <target>…] [LABELS <label>…])
#
#     A GoogleTest program bin/tests/<name>, linked with aplomb::testing and GTest::gmock_main. It
#     runs in the root of the source tree, so that tests open "catalog/sample/…" by that name.
#     LABELS, default "fast":
#       fast        part of each landing; at most some seconds       landing  the same, minutes
#       slow        minutes, only with tests/run --all               crash    kills processes
#       neutrality  proves that no name, fee or place has a part     endurance  many minutes, once
#       tsan        is run under ThreadSanitizer too (no gRPC inside)
#     Each test must end within 120 s (fast) or 900 s (all others).
#
#   aplomb_binary(NAME <name> SOURCES <file>… [DEPS <target>…])
#
#     A program bin/<name>.
#
#   aplomb_rooms(<dir>…)
#
#     Enters the rooms, in this order.

include(GoogleTest)

# The folder under which the include roots of the rooms are.
set(APLOMB_ROOMS_DIR ${CMAKE_BINARY_DIR}/rooms)

function(aplomb_room)
  cmake_parse_arguments(PARSE_ARGV 0 ARG "" "NAME;TARGET"
                        "HEADERS;PRIVATE_HEADERS;SOURCES;PUBLIC_DEPS;PRIVATE_DEPS")
  _aplomb_check_arguments(aplomb_room)
  file(RELATIVE_PATH here ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  if(NOT here STREQUAL ARG_NAME)
    message(FATAL_ERROR "aplomb_room(NAME ${ARG_NAME}) is called in ${here}/: a room is declared "
                        "in its own folder, NAME is that folder's path.")
  endif()
  # One folder may hold several rooms of different targets: each has its own include root.
  string(REPLACE "/" "_" flat ${ARG_NAME})
  if(ARG_TARGET)
    string(APPEND flat "_" ${ARG_TARGET})
  else()
    get_filename_component(ARG_TARGET ${ARG_NAME} NAME)
  endif()
  set(target aplomb_${ARG_TARGET})

  # <root>/public/<path>/<header>, one link each; made anew, so that a header which left the list
  # cannot be included any longer. The inner root is seen by the room's own sources only.
  set(public_root ${APLOMB_ROOMS_DIR}/${flat}/public)
  set(inner_root ${APLOMB_ROOMS_DIR}/${flat}/inner)
  _aplomb_link_headers(${public_root} ${ARG_NAME} "${ARG_HEADERS}" public_headers)
  _aplomb_link_headers(${inner_root} ${ARG_NAME} "${ARG_PRIVATE_HEADERS}" inner_headers)

  if(ARG_SOURCES)
    add_library(${target} STATIC ${ARG_SOURCES})
    set(scope PUBLIC)
    target_link_libraries(${target} PRIVATE aplomb_warnings ${ARG_PRIVATE_DEPS})
    target_include_directories(${target} PRIVATE ${inner_root})
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
    if(ARG_PRIVATE_DEPS OR ARG_PRIVATE_HEADERS)
      message(FATAL_ERROR "aplomb_room(NAME ${ARG_NAME}) has no SOURCES which could use its "
                          "PRIVATE_DEPS or PRIVATE_HEADERS.")
    endif()
  endif()
  add_library(aplomb::${ARG_TARGET} ALIAS ${target})
  # Where tests/walls finds the room's headers.
  set_target_properties(${target} PROPERTIES APLOMB_ROOT ${flat})
  target_link_libraries(${target} ${scope} ${ARG_PUBLIC_DEPS})
  if(public_headers)
    target_sources(${target} ${scope}
      FILE_SET HEADERS BASE_DIRS ${public_root} FILES ${public_headers})
    set_target_properties(${target} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
  endif()
endfunction()

# Builds the tests that run under ThreadSanitizer.
add_custom_target(aplomb_tsan_tests)

function(aplomb_test)
  cmake_parse_arguments(PARSE_ARGV 0 ARG "" "NAME" "SOURCES;DEPS;LABELS")
  _aplomb_check_arguments(aplomb_test)
  if(NOT ARG_LABELS)
    set(ARG_LABELS fast)
  endif()
  if("fast" IN_LIST ARG_LABELS)
    set(timeout_s 120)
  else()
    set(timeout_s 900)
  endif()
  if(APLOMB_SANITIZE)
    math(EXPR timeout_s "4 * ${timeout_s}")
  endif()
  add_executable(${ARG_NAME} ${ARG_SOURCES})
  set_target_properties(${ARG_NAME} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin/tests)
  target_link_libraries(${ARG_NAME} PRIVATE
    aplomb_warnings ${ARG_DEPS} aplomb::testing GTest::gmock_main)
  # PRE_TEST: asks the program for its tests when ctest starts, not when it is linked.
  gtest_discover_tests(${ARG_NAME}
    DISCOVERY_MODE PRE_TEST
    # Rows have names; their values, printed as bytes, would give a test another name at each run.
    NO_PRETTY_VALUES
    DISCOVERY_TIMEOUT 120
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
    PROPERTIES TIMEOUT ${timeout_s})
  # gtest_discover_tests() loses all labels but the first; so they are set after discovery.
  set(labels_file ${CMAKE_CURRENT_BINARY_DIR}/${ARG_NAME}_labels.cmake)
  file(CONFIGURE OUTPUT ${labels_file} @ONLY CONTENT
       "foreach(test IN LISTS @ARG_NAME@_TESTS)
  set_tests_properties(\"\${test}\" PROPERTIES LABELS \"@ARG_LABELS@\")
endforeach()
")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${labels_file})
  if("tsan" IN_LIST ARG_LABELS)
    add_dependencies(aplomb_tsan_tests ${ARG_NAME})
  endif()
endfunction()

function(aplomb_binary)
  cmake_parse_arguments(PARSE_ARGV 0 ARG "" "NAME" "SOURCES;DEPS")
  _aplomb_check_arguments(aplomb_binary)
  add_executable(${ARG_NAME} ${ARG_SOURCES})
  target_link_libraries(${ARG_NAME} PRIVATE aplomb_warnings ${ARG_DEPS})
endfunction()

# While the house is being built, a room that is not there yet is passed over; the list of folders
# is looked at again at each build. To tighten: add_subdirectory(${dir}) and nothing else.
function(aplomb_rooms)
  foreach(dir IN LISTS ARGN)
    add_subdirectory(${dir})
  endforeach()
endfunction()

macro(_aplomb_check_arguments function)
  if(NOT ARG_NAME)
    message(FATAL_ERROR "${function}: NAME is missing.")
  endif()
  if(ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "${function}(NAME ${ARG_NAME}): unknown: ${ARG_UNPARSED_ARGUMENTS}")
  endif()
endmacro()

# Fills <root>/<path> with one link for each of `headers` and sets `result` to the links.
function(_aplomb_link_headers root path headers result)
  file(REMOVE_RECURSE ${root})
  file(MAKE_DIRECTORY ${root}/${path})
  set(links "")
  foreach(header IN LISTS headers)
    if(header MATCHES "/")
      message(FATAL_ERROR "aplomb_room(NAME ${path}): the header ${header} lies in a folder "
                          "below; make that folder a room.")
    endif()
    if(NOT EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${header})
      message(FATAL_ERROR "aplomb_room(NAME ${path}): there is no header ${path}/${header}.")
    endif()
    file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR}/${header} ${root}/${path}/${header} SYMBOLIC)
    list(APPEND links ${root}/${path}/${header})
  endforeach()
  set(${result} "${links}" PARENT_SCOPE)
endfunction()
