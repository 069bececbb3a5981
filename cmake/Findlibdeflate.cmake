# Finds libdeflate and defines libdeflate::libdeflate. Newer releases bring a
# CMake package of their own; Debian 12's (1.14) does not.
find_package(libdeflate CONFIG QUIET)
if(TARGET libdeflate::libdeflate_shared AND NOT TARGET libdeflate::libdeflate)
  add_library(libdeflate::libdeflate ALIAS libdeflate::libdeflate_shared)
endif()
if(TARGET libdeflate::libdeflate)
  set(libdeflate_FOUND TRUE)
  return()
endif()

find_path(libdeflate_INCLUDE_DIR libdeflate.h)
find_library(libdeflate_LIBRARY deflate)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(libdeflate
  REQUIRED_VARS libdeflate_LIBRARY libdeflate_INCLUDE_DIR)
if(libdeflate_FOUND)
  add_library(libdeflate::libdeflate UNKNOWN IMPORTED)
  set_target_properties(libdeflate::libdeflate PROPERTIES
    IMPORTED_LOCATION ${libdeflate_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${libdeflate_INCLUDE_DIR})
endif()
mark_as_advanced(libdeflate_INCLUDE_DIR libdeflate_LIBRARY)
