# C++ from .proto files.
#
#   aplomb_proto_library(NAME <word> ROOT <dir> PROTOS <file>… [DEPS <target>…] [GRPC])
#
#     Makes aplomb_<word> (alias aplomb::<word>) from the files, named relative to ROOT. Each target
#     has its own include root, so that linking it shows its messages and those of DEPS and nothing
#     else. With GRPC, service stubs are generated beside the messages (<file>.grpc.pb.h).
#     Generated code is compiled without our warnings and its headers are SYSTEM.
#
# A file must belong to one target only: two copies of a descriptor in one process abort it at
# start. This is checked here.
#
# Own rules instead of protobuf_generate(): that one has no depfile, so a changed import would not
# rebuild what imports it.

function(aplomb_proto_library)
  cmake_parse_arguments(PARSE_ARGV 0 ARG "GRPC" "NAME;ROOT" "PROTOS;DEPS")
  _aplomb_check_arguments(aplomb_proto_library)
  set(target aplomb_${ARG_NAME})
  set(out ${CMAKE_BINARY_DIR}/generated/${ARG_NAME})
  file(MAKE_DIRECTORY ${out})

  # The roots of the targets it depends on, for the imports.
  set(roots ${ARG_ROOT})
  foreach(dep IN LISTS ARG_DEPS)
    get_target_property(dep_roots ${dep} APLOMB_PROTO_ROOTS)
    list(APPEND roots ${dep_roots})
  endforeach()
  list(REMOVE_DUPLICATES roots)
  list(TRANSFORM roots PREPEND -I OUTPUT_VARIABLE include_flags)

  set(sources "")
  foreach(proto IN LISTS ARG_PROTOS)
    get_property(owner GLOBAL PROPERTY APLOMB_PROTO_OWNER_${proto})
    if(owner)
      message(FATAL_ERROR "${proto} is in ${owner} and in ${target}.")
    endif()
    set_property(GLOBAL PROPERTY APLOMB_PROTO_OWNER_${proto} ${target})

    string(REGEX REPLACE "\\.proto$" "" stem ${proto})
    set(outputs ${out}/${stem}.pb.cc ${out}/${stem}.pb.h)
    set(grpc_command "")
    if(ARG_GRPC)
      list(APPEND outputs ${out}/${stem}.grpc.pb.cc ${out}/${stem}.grpc.pb.h)
      # A run of its own: protoc writes a depfile for one kind of output only.
      set(grpc_command
        COMMAND protobuf::protoc ${include_flags} --grpc_out=${out}
                --plugin=protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin> ${proto})
    endif()
    add_custom_command(
      OUTPUT ${outputs}
      COMMAND protobuf::protoc ${include_flags} --cpp_out=${out}
              --dependency_out=${out}/${stem}.pb.d ${proto}
      ${grpc_command}
      DEPENDS ${ARG_ROOT}/${proto}
      DEPFILE ${out}/${stem}.pb.d
      COMMENT "Generating C++ from ${proto}" VERBATIM)
    get_filename_component(folder ${out}/${stem} DIRECTORY)
    file(MAKE_DIRECTORY ${folder})
    list(FILTER outputs INCLUDE REGEX "\\.cc$")
    list(APPEND sources ${outputs})
  endforeach()

  if(sources)
    add_library(${target} STATIC ${sources})
    # Light: most of a cold build is generated code, and none of it is hot.
    target_compile_options(${target} PRIVATE -w -O1 -g0)
    set(scope PUBLIC)
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  add_library(aplomb::${ARG_NAME} ALIAS ${target})
  target_include_directories(${target} SYSTEM ${scope} ${out})
  target_link_libraries(${target} ${scope} ${ARG_DEPS} protobuf::libprotobuf)
  if(ARG_GRPC)
    target_link_libraries(${target} ${scope} gRPC::grpc++)
  endif()
  set_target_properties(${target} PROPERTIES APLOMB_PROTO_ROOTS "${roots}")
endfunction()
